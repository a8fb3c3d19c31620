package rttest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// What becomes of the base's answer, or of its error.

func answerOrError(wrap wrapper) error {
	return each(outcomes, func(o outcome) error {
		resp, _, err := send(wrap(o.base()), get())
		finish(resp)
		return err
	})
}

type status int

func (s status) String() string { return fmt.Sprintf("the base answers %d", int(s)) }

var statuses = []status{200, 204, 206, 304, 400, 401, 403, 404, 407, 408, 409, 413, 425, 426, 429, 431, 451, 500, 501, 502, 503, 504, 511, 599}

func statusIsNoError(wrap wrapper) error {
	return each(statuses, func(code status) error {
		resp, err, bad := send(wrap(new(stub).script(int(code))), get())
		switch {
		case bad != nil:
			return bad
		case err != nil:
			return fmt.Errorf("RoundTrip returned the error %q (http.RoundTripper: RoundTrip must return err == nil if it obtained a response, regardless of its status code)", err)
		case resp.StatusCode != int(code):
			return fmt.Errorf("RoundTrip returned %d", resp.StatusCode)
		}
		if got, err := finish(resp); err != nil || got != text(int(code)) {
			return fmt.Errorf("the answer's body was %q, %v, want %q: the last answer is the caller's, to its end", got, err, text(int(code)))
		}
		return nil
	})
}

var errBase = errors.New("the base's own error")

func errorKeepsItsCause(wrap wrapper) error {
	resp, err, bad := send(wrap(new(stub).fails(errBase)), get())
	finish(resp)
	var outer *url.Error
	switch {
	case bad != nil:
		return bad
	case err == nil:
		return fmt.Errorf("the base failed, and RoundTrip returned an answer of status %d", resp.StatusCode)
	case !errors.Is(err, errBase):
		return fmt.Errorf("errors.Is does not find the base's error in %q: who asks what happened cannot tell", err)
	case errors.As(err, &outer):
		return fmt.Errorf("the error %q holds a *url.Error, which http.Client adds itself: two of them nest, and name the URL twice", err)
	}
	return nil
}

func redirectUnfollowed(wrap wrapper) error {
	return errors.Join(
		unfollowed(wrap, http.StatusMovedPermanently, Origin+"/elsewhere"), unfollowed(wrap, http.StatusFound, "/elsewhere"),
		unfollowed(wrap, http.StatusSeeOther, "/elsewhere"), unfollowed(wrap, http.StatusTemporaryRedirect, "/elsewhere"),
		unfollowed(wrap, http.StatusPermanentRedirect, "https://other.example.com/"),
		unfollowed(wrap, http.StatusFound, "://%zz"), unfollowed(wrap, http.StatusFound, ""))
}

func unfollowed(wrap wrapper, code int, location string) error {
	s := new(stub)
	s.answer = func(n int, req *http.Request) (*http.Response, error) {
		resp := s.reply(req, code)
		if n > 0 {
			resp = s.reply(req, http.StatusOK)
		}
		resp.Header.Set("Location", location)
		return resp, nil
	}
	resp, err, bad := send(wrap(s), get())
	finish(resp)
	switch {
	case bad != nil:
		return bad
	case err != nil:
		return fmt.Errorf("a %d to %q became the error %q (http.RoundTripper: RoundTrip should not attempt to interpret the response)", code, location, err)
	case resp.StatusCode != code || len(s.sights()) != 1:
		return fmt.Errorf("a %d to %q was followed: the caller's CheckRedirect, cookie jar and rules of origin never saw it (http.RoundTripper: RoundTrip should not attempt to handle redirects)", code, location)
	}
	return nil
}

func answerNamesRequest(wrap wrapper) error {
	return each(outcomes[:6], func(o outcome) error {
		req := get()
		resp, err, bad := send(wrap(o.base()), req)
		defer finish(resp)
		switch {
		case bad != nil || err != nil:
			return errors.Join(bad, err)
		case resp.Request == nil:
			return errors.New("Response.Request is nil: Response.Location and all who log need it")
		case resp.Request.URL.String() != req.URL.String():
			return errors.New("Response.Request.URL is not what the caller asked for: relative redirects are resolved against it, and it is logged")
		}
		return nil
	})
}

// bodyOutlivesRoundTrip finds the ctx that is cancelled when RoundTrip returns, and with it the body that nobody has read yet.
func bodyOutlivesRoundTrip(wrap wrapper) error {
	return each(outcomes[:6], func(o outcome) error {
		resp, err, bad := send(wrap(o.base()), get())
		if bad != nil || err != nil {
			return errors.Join(bad, err)
		}
		if _, err := finish(resp); errors.Is(err, context.Canceled) {
			return errors.New("the answer's body could not be read, since the attempt's context had ended with RoundTrip: cancel when the body is closed")
		} else if err != nil {
			return fmt.Errorf("the answer's body could not be read: %w", err)
		}
		return nil
	})
}

// closedAnswerEndsContext finds the timer, or the context below a long-lived one, that nothing ends.
func closedAnswerEndsContext(wrap wrapper) error {
	return each(outcomes, func(o outcome) error {
		caller, cancel := context.WithCancel(context.Background())
		defer cancel()
		s := o.base()
		resp, _ := wrap(s).RoundTrip(get().WithContext(caller))
		if resp != nil && resp.Body != nil {
			io.ReadFull(resp.Body, make([]byte, 1))
			resp.Body.Close()
		}
		finish(nil)
		for n, one := range s.sights() {
			if one.ctx.Done() != nil && one.ctx.Done() != caller.Done() && one.ctx.Err() == nil {
				return fmt.Errorf("attempt %d was given a context of its own that lives on after its answer was closed, and holds a timer or a place in the caller's: cancel it when the body is closed, or on the error", n+1)
			}
		}
		return nil
	})
}

func closeIdleReachesTheBase(wrap wrapper) error {
	s := new(stub)
	(&http.Client{Transport: wrap(s)}).CloseIdleConnections()
	if s.idle != 1 {
		return fmt.Errorf("http.Client.CloseIdleConnections reached the base %d times, want once: it asks the outermost RoundTripper for a method of that name, and idle connections leak where there is none", s.idle)
	}
	return nil
}

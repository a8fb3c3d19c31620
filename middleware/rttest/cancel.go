package rttest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// What the request's context says holds.

// prompt is how late an end may be noticed. The clock is the bubble's: work takes no time, only waiting does.
const prompt = time.Second

var errCause = errors.New("the caller's cause")

func doneBefore(wrap wrapper) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := new(stub)
	resp, err, bad := send(wrap(s), newUpload(64, s.asked).put(ctx))
	finish(resp)
	switch {
	case bad != nil:
		return bad
	case err == nil:
		return fmt.Errorf("RoundTrip returned an answer of status %d", resp.StatusCode)
	case !errors.Is(err, context.Canceled):
		return fmt.Errorf("RoundTrip returned %q, in which errors.Is does not find context.Canceled", err)
	}
	return nil
}

// ended sends a request under ctx and says whether RoundTrip returned in time after limit, and with an error that want says.
func ended(rt http.RoundTripper, req *http.Request, limit time.Duration, want ...error) error {
	start := time.Now()
	resp, err, bad := send(rt, req)
	late := time.Since(start) - limit
	finish(resp)
	switch {
	case bad != nil:
		return bad
	case late > prompt:
		return fmt.Errorf("RoundTrip returned %v after the context had ended", late)
	case err != nil && late >= 0 && !isAny(err, want):
		return fmt.Errorf("RoundTrip returned %q, in which errors.Is does not find %q", err, want[0])
	}
	return nil
}

func isAny(err error, targets []error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

func cancelUnderWay(wrap wrapper) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(10*time.Second, func() { cancel(errCause) })
	s := new(stub).blocks()
	return ended(wrap(s), newUpload(64, s.asked).put(ctx), 10*time.Second, context.Canceled, errCause)
}

// waits are answers after which a RoundTripper may wait before it asks again.
var waits = []status{401, 408, 429, 500, 503}

func cancelWait(wrap wrapper) error {
	return each(waits, func(code status) error {
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(10*time.Millisecond, func() { cancel(errCause) })
		return ended(wrap(patient(int(code))), get().WithContext(ctx), 10*time.Millisecond, context.Canceled, errCause)
	})
}

// patient answers with code each time, and asks to be left alone for a while.
func patient(code int) *stub {
	s := new(stub)
	s.answer = func(_ int, req *http.Request) (*http.Response, error) {
		resp := s.reply(req, code)
		resp.Header.Set("Retry-After", "20")
		return resp, nil
	}
	return s
}

func deadlineHolds(wrap wrapper) error {
	underWay := func(o outcome) error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return ended(wrap(o.base()), get().WithContext(ctx), 10*time.Second, context.DeadlineExceeded)
	}
	return errors.Join(
		each([]outcome{{"the base does not answer", func() *stub { return new(stub).blocks() }}}, underWay),
		each(waits, func(code status) error {
			return underWay(outcome{"", func() *stub { return patient(int(code)) }})
		}))
}

func valuesReachTheBase(wrap wrapper) error {
	return each(outcomes, func(o outcome) error {
		s := o.base()
		exchange(wrap(s), get().WithContext(context.WithValue(context.Background(), ctxKey{}, "caller")))
		for n, one := range s.sights() {
			if one.ctx.Value(ctxKey{}) != "caller" {
				return fmt.Errorf("attempt %d does not carry the values of the caller's context: traces (net/http/httptrace) and what is told from layer to layer are lost", n+1)
			}
		}
		return nil
	})
}

package rttest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// What a RoundTripper does that sends a request more than once. One that never does keeps these promises too.

// series are answers that ask for another attempt, and the one that ends it.
type series []int

func (s series) String() string { return fmt.Sprintf("the base answers %d in turn", []int(s)) }

var serieses = []series{{401, 200}, {503, 200}, {429, 200}, {500, 502, 200}, {401, 503, 200}, {503, 401, 200}, {408, 200}}

// again asks for another attempt without a wait.
func (s *stub) again(statuses series) *stub {
	s.answer = func(n int, req *http.Request) (*http.Response, error) {
		resp := s.reply(req, statuses[min(n, len(statuses)-1)])
		resp.Header.Set("Www-Authenticate", `Bearer error="invalid_token"`)
		resp.Header.Set("Retry-After", "1")
		return resp, nil
	}
	return s
}

// repeatable says that req may be sent twice, in the words of net/http.Transport.
func repeatable(req *http.Request) *http.Request {
	req.Header.Set("Idempotency-Key", "rttest")
	return req
}

func attemptsCarryTheBody(wrap wrapper) error {
	return each(serieses, func(answers series) error {
		s := new(stub).again(answers)
		u := newUpload(10_000, s.asked)
		exchange(wrap(s), repeatable(u.put(context.Background())))
		if u.sought {
			return errors.New("the body was rewound with Seek: net/http may still be reading it (golang/go#51907); take a new one from GetBody")
		}
		return wholeBodies(s.sights(), u, 10_000)
	})
}

// wholeBodies says which attempt did not carry all of u, and length for its length.
func wholeBodies(seen []sight, u *upload, length int64) error {
	if len(seen) == 0 {
		return errors.New("the request never reached the base")
	}
	for n, one := range seen {
		switch {
		case one.err != nil:
			return fmt.Errorf("attempt %d: the body could not be read: %w", n+1, one.err)
		case one.body != string(u.data):
			return fmt.Errorf("attempt %d carried %d of %d bytes: a body is spent once it was sent, take a new one from GetBody, or hand back the first answer", n+1, len(one.body), len(u.data))
		case one.length != length:
			return fmt.Errorf("attempt %d had ContentLength %d, want %d", n+1, one.length, length)
		}
	}
	return nil
}

func bodySentOnce(wrap wrapper) error {
	return each(serieses, func(answers series) error {
		s := new(stub).again(answers)
		u := newUpload(10_000, s.asked)
		resp, err, bad := send(wrap(s), repeatable(u.once(context.Background())))
		got, readErr := finish(resp)
		last := answers[min(len(s.sights()), len(answers))-1]
		switch {
		case bad != nil || err != nil:
			return errors.Join(bad, err)
		case resp.StatusCode != last || got != text(last) || readErr != nil:
			return fmt.Errorf("RoundTrip returned %d with the body %q, %v, want the last answer as it was: %d", resp.StatusCode, got, readErr, last)
		}
		return wholeBodies(s.sights(), u, -1)
	})
}

// requestSentOnce holds back who would order twice: an answer, or an error after the request was written, may mean that it was done.
func requestSentOnce(wrap wrapper) error {
	cut := new(stub).fails(io.ErrUnexpectedEOF)
	return each([]outcome{
		{"the base answers 500 to a POST", func() *stub { return new(stub).script(500, 200) }},
		{"the base answers 502 to a POST", func() *stub { return new(stub).script(502, 200) }},
		{"the base answers 504 to a POST", func() *stub { return new(stub).script(504, 200) }},
		{"the connection breaks after a POST", func() *stub { return cut }},
	}, func(o outcome) error {
		s := o.base()
		req := newUpload(64, s.asked).put(context.Background())
		req.Method = http.MethodPost
		exchange(wrap(s), req)
		if n := len(s.sights()); n > 1 {
			return fmt.Errorf("it was sent %d times, and may have been done %d times: only GET, HEAD, OPTIONS, TRACE, PUT and DELETE are idempotent, or what carries an Idempotency-Key (RFC 9110 §9.2.2)", n, n)
		}
		return nil
	})
}

func discardedIsClosed(wrap wrapper) error {
	return each(serieses, func(answers series) error {
		s := new(stub).again(answers)
		exchange(wrap(s), get())
		if open, all := s.unclosed(); open > 0 {
			return fmt.Errorf("of %d answers, %d were never closed: each holds its connection", all, open)
		}
		return nil
	})
}

// What a discarded answer may take. A minute is more patience than any caller has, and 16 MiB are more than any error page.
const (
	drainTime  = time.Minute
	drainBytes = 16 << 20
)

func discardedIsBounded(wrap wrapper) error {
	return errors.Join(
		bounded(wrap, "an answer that never ends", func(_ *answerBody, p []byte) int { return len(p) }),
		bounded(wrap, "an answer that drips", func(_ *answerBody, p []byte) int {
			time.Sleep(100 * time.Millisecond)
			return 1
		}),
		bounded(wrap, "an answer that stalls", func(b *answerBody, p []byte) int {
			select {
			case <-b.gone:
			case <-time.After(3 * drainTime):
			}
			return 0
		}))
}

func bounded(wrap wrapper, name string, read func(b *answerBody, p []byte) int) error {
	s, start := new(stub), time.Now()
	var total atomic.Int64
	s.answer = func(n int, req *http.Request) (*http.Response, error) {
		if n > 0 {
			return s.reply(req, http.StatusOK), nil
		}
		resp := s.reply(req, http.StatusServiceUnavailable)
		body := resp.Body.(*answerBody)
		body.read = func(p []byte) (int, error) {
			n := read(body, p)
			if body.isClosed() || total.Add(int64(n)) > drainBytes || time.Since(start) > 2*drainTime {
				return n, io.ErrUnexpectedEOF
			}
			return n, nil
		}
		return resp, nil
	}
	resp, _, bad := send(wrap(s), get())
	took := time.Since(start)
	if resp != nil && resp.Body != nil {
		resp.Body.Close()
	}
	if n := total.Load(); n > drainBytes || took > drainTime {
		return fmt.Errorf("%s: %d bytes of it were read, for %v, before it was given up: a server could hold the caller for as long as it likes; bound it in bytes and in time", name, n, took)
	}
	return bad
}

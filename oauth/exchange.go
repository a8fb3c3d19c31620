package oauth

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/retry"
)

// A person waits: few attempts, short waits. The cache remembers a longer Retry-After, and after a failure it is the one that asks again.
const (
	maxAttempts  = 3
	firstBackoff = 200 * time.Millisecond
	maxBackoff   = time.Second
	maxWait      = 5 * time.Second

	maxAnswer = 1 << 20
)

var errTooLong = errors.New("answer is longer than 1 MiB")

// exchange is one question to the server and its attempts. RoundTrip is called directly: without an http.Client there are
// no redirects, no cookies, no Referer, and no *url.Error with the query in it.
type exchange struct {
	op, host  string
	build     func(context.Context) (*http.Request, error) // called anew for each attempt
	single    bool                                         // it carries a value that can be used once
	transport http.RoundTripper
	attempts  int // at most
	clock     *clock

	wire      *retry.Wire   // of the last attempt
	sent      time.Time     // before the last attempt
	doubt     bool          // the last attempt may have used the single-use value up
	dated     bool          // it holds a time that the server checks,
	skewed    time.Duration // which had been corrected by so much
	corrected bool          // an attempt was made for the time's sake alone
}

func (c *Client) exchange(ctx context.Context, op, host string) *exchange {
	x := &exchange{op: op, host: host, transport: c.transport(), attempts: maxAttempts, clock: &c.clock}
	if fob.AfterFailure(ctx) {
		x.attempts = 1
	}
	return x
}

// now is the time by the server's clock.
func (x *exchange) now() time.Time {
	x.skewed = x.clock.skew()
	return time.Now().Add(x.skewed)
}

// mistimed reports whether resp refuses a request for its time, which is now known better.
func (x *exchange) mistimed(resp *http.Response) bool {
	return x.dated && resp.StatusCode/100 == 4 && (x.clock.skew()-x.skewed).Abs() > clockTolerance
}

// answer is a response that was read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
	sent   time.Time
	skew   time.Duration // how far the server's clock is ahead
}

// run asks, again where that is safe and may help. Its error is an *Error, a *LocalError or what build returned.
func (x *exchange) run(parent context.Context, timeout time.Duration) (*answer, error) {
	ctx, cancel := context.WithTimeout(parent, timeout)
	defer cancel()
	resp, err := retry.Do(ctx, x.send, x.judge)
	if err != nil {
		if ctx.Err() != nil && parent.Err() == nil {
			err = errTimeout // ours: the caller's patience has not ended
		}
		return nil, x.failed(err)
	}
	body, err := io.ReadAll(resp.Body) // in memory since send
	if err != nil {
		return nil, x.failed(err)
	}
	return &answer{resp.StatusCode, resp.Header, body, x.sent, x.clock.skew()}, nil
}

func (x *exchange) failed(err error) error {
	if local := (*LocalError)(nil); errors.As(err, &local) {
		return err
	}
	return &Error{Op: x.op, Host: x.host, Err: bare(err), doubt: x.doubt}
}

// send makes one attempt and reads its answer, since an answer cut off in the middle is none.
func (x *exchange) send(ctx context.Context, _ int) (*http.Response, error) {
	x.doubt = false
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	req, err := x.build(ctx)
	if err != nil {
		return nil, err
	}
	x.wire, x.sent = new(retry.Wire), time.Now()
	resp, err := x.roundTrip(req.WithContext(x.wire.Watch(ctx)))
	if err == nil {
		x.clock.read(resp.Header, x.sent, time.Now())
	}
	x.doubt = x.single && x.unsure(resp, err)
	return resp, err
}

func (x *exchange) roundTrip(req *http.Request) (*http.Response, error) {
	resp, err := x.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxAnswer:
		return nil, errTooLong
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// unsure reports whether a request that ended so may have been carried out: it was written and not answered, or the server, or a gateway
// before it, failed on the way.
func (x *exchange) unsure(resp *http.Response, err error) bool {
	if err != nil {
		return !x.wire.Unwritten(err)
	}
	return resp.StatusCode >= http.StatusInternalServerError
}

func (x *exchange) judge(resp *http.Response, err error, attempt int) (time.Duration, bool) {
	switch {
	case err == nil && !x.corrected && x.mistimed(resp):
		x.corrected = true
		return 0, true
	case attempt >= x.attempts || x.doubt || !x.passing(resp, err):
		return 0, false
	}
	wait := retry.Backoff(attempt, firstBackoff, maxBackoff)
	if err != nil {
		return wait, true
	}
	after, _ := retry.After(resp.Header, time.Now())
	return wait + min(after, maxWait), after <= maxWait // to come back earlier than told would be no favour
}

func (x *exchange) passing(resp *http.Response, err error) bool {
	if local := (*LocalError)(nil); errors.As(err, &local) {
		return false
	}
	if err != nil {
		return x.wire != nil && x.wire.Passing(bare(err))
	}
	return resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= http.StatusInternalServerError
}

package rttest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// over is a RoundTripper from a function, over a base whose idle connections it closes.
type over struct {
	http.RoundTripper
	f func(base http.RoundTripper, req *http.Request) (*http.Response, error)
}

func (o over) RoundTrip(req *http.Request) (*http.Response, error) { return o.f(o.RoundTripper, req) }
func (o over) CloseIdleConnections()                               { closeIdle(o.RoundTripper) }

func closeIdle(base http.RoundTripper) {
	if c, ok := base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func with(f func(base http.RoundTripper, req *http.Request) (*http.Response, error)) wrapper {
	return func(base http.RoundTripper) http.RoundTripper { return over{base, f} }
}

func TestTheBaseItself(t *testing.T) { Run(t, bare) }

func TestOneThatKeepsTheContract(t *testing.T) {
	Run(t, with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		return retrying(base, authorized(req), true)
	}))
}

// authorized is a copy of req with a header of its own, and credentials if it goes to Origin.
func authorized(req *http.Request) *http.Request {
	out := req.WithContext(req.Context())
	if out.Header = req.Header.Clone(); req.URL.Scheme+"://"+req.URL.Host == Origin {
		out.Header.Set("Authorization", "Bearer fob-canary-7f3a9c")
	}
	return out
}

// retrying sends req up to three times, as far as it may be repeated; discard says whether answers are drained and closed.
func retrying(base http.RoundTripper, req *http.Request, discard bool) (*http.Response, error) {
	for n := 0; ; n++ {
		resp, err := base.RoundTrip(req)
		if err != nil || n == 2 || !again(req, resp) || req.Context().Err() != nil {
			return resp, err
		}
		if req = req.WithContext(req.Context()); req.GetBody != nil {
			req.Body, _ = req.GetBody()
		}
		if discard {
			late := time.AfterFunc(time.Second, func() { resp.Body.Close() })
			io.CopyN(io.Discard, resp.Body, 256<<10)
			late.Stop()
			resp.Body.Close()
		}
	}
}

func again(req *http.Request, resp *http.Response) bool {
	body := req.Body != nil && req.Body != http.NoBody
	return slices.Contains([]int{401, 429, 500, 503}, resp.StatusCode) && (!body || req.GetBody != nil) && req.Method != http.MethodPost
}

// faults are RoundTrippers that each break one rule, and what the suite must say of them: no less, and no more. Where the fault races with net/http, a "?" says
// that it may go unseen.
var faults = []struct {
	name   string
	wrap   wrapper
	broken []string
}{
	{"x/oauth2: adds a token wherever a request goes (D1)", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		out := authorized(req)
		out.Header.Set("Authorization", "Bearer fob-canary-7f3a9c")
		return base.RoundTrip(out)
	}), []string{"credentials stay"}},
	{"gauth: an API key in the caller's URL (D7)", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		out := *req
		q := out.URL.Query()
		if out.URL.Scheme+"://"+out.URL.Host == Origin {
			q.Set("key", "fob-canary-7f3a9c")
			out.URL.RawQuery = q.Encode()
		}
		return base.RoundTrip(&out)
	}), []string{"left as it was", "do not meet"}},
	{"ggcr: sends a spent body again (D12)", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		if req.Method == http.MethodPost {
			return base.RoundTrip(req)
		}
		return resent(base, req, func(*http.Request) {})
	}), []string{"the whole body", "had again", "refused early arrives whole by HTTP/1.1", "refused early arrives whole by HTTP/2", "closed once"}},
	{"retryablehttp: sends a POST again (D13)", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		return resent(base, req, func(out *http.Request) {
			if out.GetBody != nil {
				out.Body, _ = out.GetBody()
			}
		})
	}), []string{"repeated is sent once", "had again", "closed once"}},
	{"retryablehttp: reads the body before, and replaces the caller's (D13)", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		if req.Body != nil && req.Body != http.NoBody {
			data, err := io.ReadAll(req.Body)
			if err != nil {
				return nil, err
			}
			req.Body = io.NopCloser(bytes.NewReader(data))
		}
		return base.RoundTrip(req)
	}), []string{"left as it was", "closed once", "not read before"}},
	{"retryablehttp: a client inside that follows redirects (D14)", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := (&http.Client{Transport: base}).Do(req)
		var outer *url.Error
		if errors.As(err, &outer) {
			err = outer.Err
		}
		return resp, err
	}), []string{"unfollowed"}},
	{"retryablehttp: no connection for what is not drained (D15)", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		if err != nil || !again(req, resp) || req.Body != nil {
			return resp, err
		}
		resp.Body.Close()
		return base.RoundTrip(req)
	}), []string{"attempts share a connection by HTTP/1.1"}},
	{"retryablehttp: the last answer becomes an error (D16)", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		if err == nil && resp.StatusCode == 503 {
			resp.Body.Close()
			return nil, errors.New("giving up")
		}
		return resp, err
	}), []string{"a status is never an error", "names the caller's", "outlives", "had again"}},
	{"failsafehttp: discards without closing (D17)", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		return retrying(base, req, false)
	}), []string{"discarded answer is closed", "attempts share a connection by HTTP/1.1"}},
	{"azcore: rewinds the body (D10)", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		s, ok := req.Body.(io.Seeker)
		if !ok {
			return base.RoundTrip(req)
		}
		out := req.WithContext(req.Context())
		out.Body = io.NopCloser(req.Body)
		defer req.Body.Close()
		resp, err := base.RoundTrip(out)
		if err == nil && resp.StatusCode == 503 {
			discard(resp)
			s.Seek(0, io.SeekStart)
			return base.RoundTrip(out)
		}
		return resp, err
	}), []string{"the whole body", "refused early arrives whole by HTTP/1.1", "refused early arrives whole by HTTP/2"}},
	{"an unbounded drain", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		if err != nil || resp.StatusCode != 503 || req.Body != nil {
			return resp, err
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		return base.RoundTrip(req)
	}), []string{"for ever"}},
	{"a header of the caller's", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		req.Header.Set("User-Agent", "x")
		return base.RoundTrip(req)
	}), []string{"left as it was", "do not meet"}},
	{"a value appended to a shared header", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		out := req.WithContext(req.Context())
		out.Header = maps.Clone(req.Header)
		out.Header["X-Spare"] = append(out.Header["X-Spare"], "mine")
		return base.RoundTrip(out)
	}), []string{"left as it was"}},
	{"a body closed by both", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		if req.Body != nil {
			defer req.Body.Close()
		}
		return base.RoundTrip(req)
	}), []string{"closed once"}},
	{"a body left open if the context is done", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		if err := req.Context().Err(); err != nil {
			return nil, err
		}
		return base.RoundTrip(req)
	}), []string{"closed once"}},
	{"an answer with an error", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		if err == nil && resp.StatusCode == 404 {
			err = errors.New("not found")
		}
		return resp, err
	}), []string{"never both", "a status is never", "names the caller's", "outlives", "given by HTTP/1.1", "given by HTTP/2"}},
	{"neither", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		if errors.Is(err, refused) {
			err = nil
		}
		return resp, err
	}), []string{"never both"}},
	{"an error without its cause", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		if err != nil && req.Context().Err() == nil {
			err = errors.New("something failed")
		}
		return resp, err
	}), []string{"keeps its cause"}},
	{"a context that ends with RoundTrip", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		ctx, cancel := context.WithCancel(req.Context())
		defer cancel()
		return base.RoundTrip(req.WithContext(ctx))
	}), []string{"outlives", "a status is never", "?given by HTTP/1.1", "?given by HTTP/2", "had again", "reading of an answer by HTTP/1.1", "reading of an answer by HTTP/2"}},
	{"a context that nothing ends", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		ctx, cancel := context.WithTimeout(req.Context(), 24*time.Hour)
		_ = cancel
		return base.RoundTrip(req.WithContext(ctx))
	}), []string{"context of its attempt"}},
	{"a context of its own", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		if req.Context().Err() != nil {
			return base.RoundTrip(req)
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(req.Context()), time.Hour)
		resp, err := base.RoundTrip(req.WithContext(ctx))
		if err != nil {
			cancel()
			return nil, err
		}
		resp.Body = closer{resp.Body, cancel}
		return resp, nil
	}), []string{"under way", "deadline holds", "reading of an answer by HTTP/1.1", "reading of an answer by HTTP/2", "switched"}},
	{"a wait that nothing ends", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		if err == nil && resp.StatusCode == 429 {
			time.Sleep(15 * time.Second)
		}
		return resp, err
	}), []string{"wait between", "deadline holds"}},
	{"a context without its values", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		ctx, cancel := context.WithCancelCause(context.Background())
		stop := context.AfterFunc(req.Context(), func() { cancel(context.Cause(req.Context())) })
		resp, err := base.RoundTrip(req.WithContext(ctx))
		if err != nil {
			stop()
			cancel(nil)
			return nil, err
		}
		if resp.StatusCode != http.StatusSwitchingProtocols {
			resp.Body = closer{resp.Body, func() { stop(); cancel(nil) }}
		}
		return resp, nil
	}), []string{"values reach", "done fails"}},
	{"no CloseIdleConnections", func(base http.RoundTripper) http.RoundTripper {
		return struct{ http.RoundTripper }{base}
	}, []string{"CloseIdleConnections"}},
	{"a 101 whose body only reads", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		if err == nil {
			resp.Body = closer{resp.Body, func() {}}
		}
		return resp, err
	}), []string{"switched"}},
	{"a response without its trailer", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		out := *resp
		return &out, nil
	}), []string{"given by HTTP/1.1", "given by HTTP/2"}},
	{"a request without its trailer, as Request.Clone makes it", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		return base.RoundTrip(req.Clone(req.Context()))
	}), []string{"sent by HTTP/1.1", "sent by HTTP/2"}},
	{"a request of another URL", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		if err == nil {
			resp.Request = nil
		}
		return resp, err
	}), []string{"names the caller's"}},
	{"a body of unknown length where there was none", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		if req.Body == nil {
			req = req.WithContext(req.Context())
			req.Body = io.NopCloser(strings.NewReader(""))
		}
		return base.RoundTrip(req)
	}), []string{"none stays none", "sent by HTTP/2"}},
	{"a goroutine for each answer", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		go func() { select {} }()
		return resp, err
	}), []string{"leaves nothing behind by HTTP/1.1", "leaves nothing behind by HTTP/2"}},
	{"a body whose Close goes nowhere", with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		if err == nil && resp.StatusCode != http.StatusSwitchingProtocols {
			resp.Body = io.NopCloser(resp.Body)
		}
		return resp, err
	}), []string{"answer is closed", "leaves nothing behind by HTTP/1.1", "leaves nothing behind by HTTP/2"}},
	{"a URL that grows", func(base http.RoundTripper) http.RoundTripper {
		var mu sync.Mutex
		var n int
		return over{base, func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			n++
			out := authorized(req)
			out.Header["X-N"] = make([]string, n)
			return base.RoundTrip(out)
		}}
	}, []string{"do not meet"}},
}

type closer struct {
	io.ReadCloser
	then func()
}

func (c closer) Close() error {
	defer c.then()
	return c.ReadCloser.Close()
}

func discard(resp *http.Response) {
	io.CopyN(io.Discard, resp.Body, 256<<10)
	resp.Body.Close()
}

// resent sends req again after a 401 or 5xx, whatever it is.
func resent(base http.RoundTripper, req *http.Request, renew func(*http.Request)) (*http.Response, error) {
	resp, err := base.RoundTrip(req)
	if err != nil || resp.StatusCode != 401 && resp.StatusCode < 500 || req.Body == nil {
		return resp, err
	}
	discard(resp)
	out := req.WithContext(req.Context())
	renew(out)
	return base.RoundTrip(out)
}

func TestRefusals(t *testing.T) {
	refuse := func(wrong func(req *http.Request) (*http.Response, error)) wrapper {
		return with(func(_ http.RoundTripper, req *http.Request) (*http.Response, error) { return wrong(req) })
	}
	RunRefusing(t, refuse(func(req *http.Request) (*http.Response, error) {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, errors.New("refused")
	}))
	open := report(t, refusals(), refuse(func(*http.Request) (*http.Response, error) { return nil, errors.New("refused") }))
	sent := report(t, refusals(), with(func(base http.RoundTripper, req *http.Request) (*http.Response, error) {
		base.RoundTrip(req)
		return nil, errors.New("refused")
	}))
	if open[2].Err == nil || sent[1].Err == nil {
		t.Errorf("a body left open: %v; a request sent all the same: %v; want both found", open[2].Err, sent[1].Err)
	}
}

func TestWhatHangsOrPanicsIsAFailureOfItsCheck(t *testing.T) {
	hung := rule{"", cancelUnderWay}.broken(t, with(func(http.RoundTripper, *http.Request) (*http.Response, error) { select {} }))
	if hung == nil || !strings.Contains(hung.Error(), "hangs") {
		t.Errorf("of one that hangs the suite says: %v", hung)
	}
	panics := rule{"", answerOrError}.broken(t, with(func(http.RoundTripper, *http.Request) (*http.Response, error) { panic("oh") }))
	if panics == nil || !strings.Contains(panics.Error(), "panics: oh") {
		t.Errorf("of one that panics the suite says: %v", panics)
	}
}

func TestFaultsAreFound(t *testing.T) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			want := slices.Clone(f.broken)
			for _, r := range Report(t, f.wrap) {
				i := slices.IndexFunc(want, func(s string) bool { return strings.Contains(r.Promise, strings.TrimPrefix(s, "?")) })
				switch {
				case r.Err == nil:
				case i < 0:
					t.Errorf("the suite says %q is broken: %v", r.Promise, r.Err)
				default:
					want = slices.Delete(want, i, i+1)
				}
				if r.Err != nil && strings.Contains(r.Err.Error(), "fob-canary") {
					t.Errorf("%q: the failure tells a secret", r.Promise)
				}
			}
			for _, s := range slices.DeleteFunc(want, func(s string) bool { return s[0] == '?' }) {
				t.Errorf("the suite did not see that %q is broken", s)
			}
		})
	}
}

package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/middleware"
)

const canary = "fob-canary-7f3a9c"

// api accepts the token that was minted last, as long as it is not revoked, and records what it was sent.
type api struct {
	*httptest.Server
	mints   atomic.Int32
	revoked atomic.Int32 // tokens up to this number are refused
	young   bool         // tokens are as young as they are

	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
	answer   http.HandlerFunc // instead of 200
}

func newAPI(t *testing.T) *api {
	a := new(api)
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	a.requests, a.bodies = append(a.requests, r), append(a.bodies, string(body))
	answer := a.answer
	a.mu.Unlock()
	var n int32
	if fmt.Sscanf(r.Header.Get("Authorization"), "Bearer a%d-", &n); n <= a.revoked.Load() {
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, "refused")
		return
	}
	if answer != nil {
		answer(w, r)
	}
}

func (a *api) Mint(context.Context, fob.Token) (fob.Token, error) {
	issued := time.Now().Add(-time.Minute) // long enough ago for every server to know
	if a.young {
		issued = time.Now()
	}
	return fob.Token{Access: fob.Secret(fmt.Sprintf("a%d-%s", a.mints.Add(1), canary)), Issued: issued, Expiry: issued.Add(time.Hour)}, nil
}

func (a *api) source() *fob.CachedSource { return new(fob.Cache).Source(fob.Key{}, a) }

// client is an http.Client with Auth for a.
func (a *api) client(t *testing.T) *http.Client {
	t.Helper()
	return client(t, middleware.Auth{Source: a.source(), Hosts: []string{a.URL}, Header: http.Header{"X-Api-Key": {"k-" + canary}}})
}

func client(t *testing.T, mw ...middleware.Middleware) *http.Client {
	t.Helper()
	rt, err := middleware.Chain(nil, mw...)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Transport: rt}
}

func (a *api) wantRequests(t *testing.T, want int) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if got := len(a.requests); got != want {
		t.Fatalf("the server saw %d requests, want %d", got, want)
	}
}

func (a *api) header(i int) http.Header {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.requests[i].Header
}

func status(t *testing.T, resp *http.Response, err error, want int) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		t.Errorf("got status %d (body error %v), want %d", resp.StatusCode, err, want)
	}
	return string(body)
}

func TestAuthSendsTheTokenAndLeavesTheCallersRequestAlone(t *testing.T) {
	a := newAPI(t)
	req, _ := http.NewRequestWithContext(t.Context(), "GET", a.URL+"/x?q=1", nil)
	req.Header.Set("X-Mine", "1")
	resp, err := a.client(t).Do(req)
	status(t, resp, err, 200)
	if len(req.Header) != 1 || resp.Request.Header.Get("Authorization") != "" {
		t.Error("the token shows up in the caller's request")
	}
	if h := a.header(0); !strings.HasPrefix(h.Get("Authorization"), "Bearer a1-") || h.Get("X-Api-Key") == "" || h.Get("X-Mine") != "1" {
		t.Error("the server did not get the token, the key and the caller's header")
	}
}

func TestA401IsReplayedOnceWithANewToken(t *testing.T) {
	a := newAPI(t)
	c := a.client(t)
	resp, err := c.Get(a.URL)
	status(t, resp, err, 200)
	a.revoked.Store(1)
	resp, err = c.Post(a.URL, "text/plain", strings.NewReader("hello"))
	status(t, resp, err, 200)
	a.wantRequests(t, 3)
	if a.bodies[1] != "hello" || a.bodies[2] != "hello" {
		t.Errorf("bodies %q, want hello twice", a.bodies[1:])
	}
}

func TestAPermanent401ReachesTheCaller(t *testing.T) {
	a := newAPI(t)
	a.revoked.Store(1000)
	c := a.client(t)
	for range 20 {
		resp, err := c.Get(a.URL)
		if body := status(t, resp, err, 401); body != "refused" {
			t.Errorf("body %q, want the server's", body)
		}
	}
	if n := a.mints.Load(); n > 3 {
		t.Errorf("%d mints, want a few", n)
	}
}

func TestAStreamThatCannotBeSentAgainKeepsIts401(t *testing.T) {
	a := newAPI(t)
	c := a.client(t)
	resp, err := c.Get(a.URL)
	status(t, resp, err, 200)
	a.revoked.Store(1)
	resp, err = c.Post(a.URL, "text/plain", io.MultiReader(strings.NewReader("stream")))
	if body := status(t, resp, err, 401); body != "refused" {
		t.Errorf("body %q, want the server's own", body)
	}
	a.wantRequests(t, 2)
	resp, err = c.Post(a.URL, "text/plain", io.MultiReader(strings.NewReader("stream")))
	status(t, resp, err, 200)
	a.wantRequests(t, 3)
}

func TestManySimultaneous401sCostOneMint(t *testing.T) {
	a := newAPI(t)
	c := a.client(t)
	resp, err := c.Get(a.URL)
	status(t, resp, err, 200)
	a.revoked.Store(1)
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			resp, err := c.Get(a.URL)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			if resp.StatusCode != 200 {
				t.Errorf("a caller saw status %d", resp.StatusCode)
			}
		})
	}
	wg.Wait()
	if n := a.mints.Load(); n != 2 {
		t.Errorf("%d mints, want 2", n)
	}
}

func TestCredentialsStayWithTheHostsOfAuth(t *testing.T) {
	a, other := newAPI(t), newAPI(t) // the same address, another port
	other.revoked.Store(-1)
	redirect := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/end" {
				http.Redirect(w, r, to, http.StatusTemporaryRedirect)
			}
		}
	}
	wantBare := func(t *testing.T, h http.Header) {
		t.Helper()
		if h.Get("Authorization") != "" || h.Get("X-Api-Key") != "" {
			t.Error("credentials went out")
		}
	}
	t.Run("another host gets none", func(t *testing.T) {
		resp, err := a.client(t).Get(other.URL)
		status(t, resp, err, 200)
		wantBare(t, other.header(0))
	})
	t.Run("none after a redirect to another port, nor on the way back", func(t *testing.T) {
		a.revoked.Store(-1)
		a.answer, other.answer = redirect(other.URL+"/there"), redirect(a.URL+"/end")
		resp, err := a.client(t).Get(a.URL)
		status(t, resp, err, 200)
		wantBare(t, other.header(1))
		wantBare(t, a.header(1))
	})
	t.Run("the caller's own header is not carried there either", func(t *testing.T) {
		req, _ := http.NewRequestWithContext(t.Context(), "GET", a.URL, nil)
		req.Header.Set("Authorization", "Basic "+canary)
		req.Header.Set("Cookie", "session="+canary)
		resp, err := a.client(t).Do(req)
		status(t, resp, err, 200)
		if a.header(2).Get("Authorization") != "Basic "+canary {
			t.Error("the caller's own header did not win")
		}
		wantBare(t, other.header(2))
		if a.header(2).Get("Cookie") == "" || other.header(2).Get("Cookie") != "" {
			t.Error("the caller's cookie did not stay with the hosts")
		}
	})
	t.Run("a chain that never came to a host keeps what its caller gave it", func(t *testing.T) {
		other.answer = redirect(other.URL + "/end")
		req, _ := http.NewRequestWithContext(t.Context(), "GET", other.URL, nil)
		req.Header.Set("Authorization", "Basic "+canary)
		resp, err := a.client(t).Do(req)
		status(t, resp, err, 200)
		if other.header(4).Get("Authorization") != "Basic "+canary {
			t.Error("the caller's own header was lost on the way")
		}
	})
	t.Run("a 401 from elsewhere is none of ours", func(t *testing.T) {
		other.answer = nil
		other.revoked.Store(1000)
		before := a.mints.Load()
		resp, err := a.client(t).Get(other.URL)
		status(t, resp, err, 401)
		if a.mints.Load() != before {
			t.Error("a foreign challenge cost a mint")
		}
	})
}

// A base need not set Response.Request, though net/http's does: where nobody knows whence a redirect came, no credentials go.
func TestARedirectFromWhoKnowsWhereGetsNoCredentials(t *testing.T) {
	next := map[string]string{"https://api.example/": "https://b.example/", "https://b.example/": "https://api.example/end"}
	s := roundTripper(func(req *http.Request) (*http.Response, error) {
		resp := &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody}
		if to := next[req.URL.String()]; to != "" {
			resp.StatusCode, resp.Header = 302, http.Header{"Location": {to}}
		}
		if got := req.Header.Get("Authorization") != ""; got != (req.URL.String() == "https://api.example/") {
			t.Errorf("%s got a token: %v", req.URL, got)
		}
		return resp, nil
	})
	resp, err := (&http.Client{Transport: chain(t, s, auth())}).Get("https://api.example/")
	status(t, resp, err, 200)
}

// bare answers requests that carry no token.
type bare struct{ *testing.T }

func (b bare) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Authorization") != "" {
		b.Errorf("the token went to %q", r.URL.RequestURI())
	}
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

func TestAPathThatTheServerMayReadOtherwiseGetsNoToken(t *testing.T) {
	rt, err := middleware.Chain(bare{t}, middleware.Auth{Source: newAPI(t).source(), Hosts: []string{"api.example/v1"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []*url.URL{
		{Opaque: "//api.example/v2/admin", Path: "/v1/x"},
		{Path: "/v1/\xc0\xae\xc0\xae/x"}, // dots in overlong UTF-8
		{Path: "/v1/%2e%2e/x"},
		{Path: "/v1/.. /x"},
	} {
		u.Scheme, u.Host = "https", "api.example"
		if _, err := rt.RoundTrip((&http.Request{Method: "GET", URL: u, Header: http.Header{}}).WithContext(t.Context())); err != nil {
			t.Error(err)
		}
	}
}

func TestWithoutATokenTheBodyIsClosedAndTheErrorNamesTheHost(t *testing.T) {
	broken := fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) { return fob.Token{}, fob.ErrLoginRequired })
	src := new(fob.Cache).Source(fob.Key{}, broken)
	rt, err := middleware.Chain(nil, middleware.Auth{Source: src, Hosts: []string{"api.example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	body := &closed{Reader: strings.NewReader("x")}
	req, _ := http.NewRequestWithContext(t.Context(), "POST", "https://api.example.com/", body)
	resp, err := rt.RoundTrip(req)
	if resp != nil || !errors.Is(err, fob.ErrLoginRequired) || !body.closed {
		t.Errorf("got %v, %v, body closed: %v", resp, err, body.closed)
	}
	if want := "token for api.example.com: login required"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

// A token that was read from a file may have its line's end with it. net/http would refuse the request, and the breaker blame the host.
func TestATokenThatCannotBeSentIsTheTokensTrouble(t *testing.T) {
	src := static("t-" + canary + "\n")
	rt := chain(t, &http.Transport{}, middleware.Breaker{}, middleware.Auth{Source: src, Hosts: []string{"api.example"}})
	for range 20 {
		if _, err := rt.RoundTrip(newRequest(t, "GET", "")); !errors.As(err, new(*middleware.TokenError)) {
			t.Fatalf("got %v, want a *TokenError", err)
		}
	}
}

// typed is a source of tokens of one type.
type typed string

func (s typed) Token(context.Context) (fob.Token, error) {
	return fob.Token{Access: "t-" + canary, Type: string(s)}, nil
}

func TestATokenThatIsNoBearersIsNotSent(t *testing.T) {
	for _, kind := range []typed{"N_A", "AWS4"} {
		rt := chain(t, bare{t}, middleware.Auth{Source: kind, Hosts: []string{"api.example"}})
		if _, err := rt.RoundTrip(newRequest(t, "GET", "")); !errors.As(err, new(*middleware.TokenError)) {
			t.Errorf("%s: got %v, want a *TokenError", kind, err)
		}
	}
}

type closed struct {
	io.Reader
	closed bool
}

func (c *closed) Close() error { c.closed = true; return nil }

func TestAuthThatIsWronglyMadeFailsWhenMade(t *testing.T) {
	src := new(fob.Cache).Source(fob.Key{}, nil)
	for name, a := range map[string]middleware.Auth{
		"no source":            {Hosts: []string{"a.example"}},
		"no hosts":             {Source: src},
		"plain http":           {Source: src, Hosts: []string{"http://a.example"}},
		"a host that is a URL": {Source: src, Hosts: []string{"https://a.example?x"}},
	} {
		if _, err := middleware.Chain(nil, a); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestATokenThatServersMayNotKnowYetIsSentOnceMoreAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &api{young: true}
		src := a.source()
		known := time.Now().Add(100 * time.Millisecond)
		var sent []string
		s := roundTripper(func(req *http.Request) (*http.Response, error) {
			sent = append(sent, req.Header.Get("Authorization"))
			resp := &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody}
			if time.Now().Before(known) {
				resp.StatusCode = 401
			}
			return resp, nil
		})
		rt := chain(t, s, middleware.Auth{Source: src, Hosts: []string{"api.example"}})
		resp, err := rt.RoundTrip(newRequest(t, "GET", ""))
		status(t, resp, err, 200)
		if len(sent) != 2 || sent[0] != sent[1] || a.mints.Load() != 1 {
			t.Errorf("%d requests and %d mints, want the same token twice", len(sent), a.mints.Load())
		}

		known, sent = time.Now().Add(time.Hour), nil
		time.Sleep(2 * time.Second) // now it is old enough
		resp, err = rt.RoundTrip(newRequest(t, "GET", ""))
		status(t, resp, err, 401)
		if len(sent) != 2 || sent[0] == sent[1] || a.mints.Load() != 2 {
			t.Errorf("%d requests and %d mints, want the old token and the new one", len(sent), a.mints.Load())
		}
	})
}

func TestA401ThatNoOtherTokenWouldMendIsTheCallers(t *testing.T) {
	for _, challenge := range []string{
		`Bearer error="insufficient_scope", scope="admin"`, `bearer realm="x", error=insufficient_user_authentication`, `DPoP error="use_dpop_nonce"`,
	} {
		s, a := answering(401), new(api)
		s.steps[0].header = http.Header{"Www-Authenticate": {challenge}}
		resp, err := chain(t, s, middleware.Auth{Source: a.source(), Hosts: []string{"api.example"}}).RoundTrip(newRequest(t, "GET", ""))
		status(t, resp, err, 401)
		if s.calls() != 1 || a.mints.Load() != 1 {
			t.Errorf("%s: %d requests and %d mints, want one each", challenge, s.calls(), a.mints.Load())
		}
	}
}

func TestACallMayAskNotToBeReplayed(t *testing.T) {
	s, a := answering(401, 200), new(api)
	rt := chain(t, s, middleware.Auth{Source: a.source(), Hosts: []string{"api.example"}})
	resp, err := rt.RoundTrip(newRequest(t, "GET", "").WithContext(middleware.NoReplay(t.Context())))
	status(t, resp, err, 401)
	resp, err = rt.RoundTrip(newRequest(t, "GET", ""))
	status(t, resp, err, 200)
	if s.calls() != 2 || a.mints.Load() != 2 {
		t.Errorf("%d requests and %d mints, want two each: the refused token is dropped", s.calls(), a.mints.Load())
	}
}

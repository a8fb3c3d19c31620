package oauth_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/oauth"
)

// visitor is a browser of few words.
type visitor struct {
	t      *testing.T
	client *http.Client
	pages  chan *http.Response // the last of each visit, with the page in Body
}

func newVisitor(t *testing.T, s *oauthtest.Server) *visitor {
	return &visitor{t, &http.Client{Transport: s.Client().Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}, make(chan *http.Response, 10)}
}

// open visits url, as far as redirects lead, and returns at once.
func (v *visitor) open(url string) error {
	go func() { v.pages <- v.visit(url) }()
	return nil
}

func (v *visitor) visit(url string) *http.Response {
	resp, err := v.client.Get(url)
	if err != nil {
		v.t.Errorf("browser: %v", err)
		return &http.Response{Body: http.NoBody}
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	resp.Body = io.NopCloser(strings.NewReader(string(body)))
	return resp
}

// stops at the first redirect to loopback and returns where it leads.
func (v *visitor) landing(url string) string {
	c := *v.client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := c.Get(url)
	if err != nil {
		v.t.Fatalf("browser: %v", err)
	}
	resp.Body.Close()
	return resp.Header.Get("Location")
}

func body(r *http.Response) string {
	b, _ := io.ReadAll(r.Body)
	return string(b)
}

func browserServer(t *testing.T, person oauthtest.Person) *oauthtest.Server {
	return oauthtest.New(t, oauthtest.Options{Clients: []oauthtest.Client{public}, Refresh: oauthtest.Rotated, Person: person})
}

func TestBrowserLogin(t *testing.T) {
	for name, person := range map[string]oauthtest.Person{
		"plain": {}, "with pushed requests": {Push: true}, "with pushed requests alone": {PushOnly: true}, "that goes on to [::1] or 127.0.0.1": {},
	} {
		t.Run(name, func(t *testing.T) {
			s := browserServer(t, person)
			v := newVisitor(t, s)
			tok, err := personAt(s, "openid", "offline_access").Browse(t.Context(), oauth.Browser{Open: func(u string) error {
				q := must(url.Parse(u)).Query()
				if push := person.Push || person.PushOnly; q.Has("request_uri") != push || q.Has("state") == push || push && len(q) != 2 {
					t.Errorf("URL with parameters %v, pushed %v", q, push)
				}
				return v.open(u)
			}})
			if err != nil || !s.Valid(tok.Access) || tok.Refresh == "" || tok.ID == "" {
				t.Fatalf("error %v, want access, refresh and ID token", err)
			}
			page := <-v.pages
			if text := body(page); page.StatusCode != 200 || !strings.Contains(text, "Logged in") {
				t.Errorf("page %d %q", page.StatusCode, text)
			}
			if page.Request.URL.RawQuery != "" {
				t.Error("the browser stays at a URL with an answer in it")
			}
		})
	}
}

func TestPageIsWholeInItselfAndTellsNothing(t *testing.T) {
	s := browserServer(t, oauthtest.Person{})
	v := newVisitor(t, s)
	var state string
	tok, err := personAt(s, "openid").Browse(t.Context(), oauth.Browser{Open: func(u string) error {
		state = must(url.Parse(u)).Query().Get("state")
		return v.open(u)
	}})
	if err != nil {
		t.Fatal(err)
	}
	page := <-v.pages
	text := body(page)
	for _, leak := range []string{string(tok.Access), string(tok.ID), oauthtest.Canary, state} {
		if strings.Contains(text, leak) {
			t.Error("the page tells a secret")
		}
	}
	if m := regexp.MustCompile(`(?i)(src|href|url|import|@font)\s*[=(]|<script|https?:`).FindString(text); m != "" {
		t.Errorf("the page fetches something: %s", m)
	}
	for _, scheme := range []string{"color-scheme:light dark", "prefers-color-scheme:dark"} {
		if !strings.Contains(text, scheme) {
			t.Errorf("no %s", scheme)
		}
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Content-Type": "text/html; charset=utf-8",
		"X-Frame-Options": "DENY",
	} {
		if got := page.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	csp := page.Header.Get("Content-Security-Policy")
	if !regexp.MustCompile(`^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$`).MatchString(csp) {
		t.Errorf("Content-Security-Policy: %q", csp)
	}
}

func TestBrowserLoginThatIsDeniedSaysSoToBoth(t *testing.T) {
	s := browserServer(t, oauthtest.Person{Error: "access_denied"})
	v := newVisitor(t, s)
	_, err := personAt(s).Browse(t.Context(), oauth.Browser{Open: v.open})
	var e *oauth.Error
	if !errors.As(err, &e) || e.Code != "access_denied" || string(e.Description) != "The person said <no>.\x1b[31m" || fob.OutcomeOf(err) != fob.Terminal {
		t.Errorf("got %v", err)
	}
	if want := "authorization_code: refused by " + s.Host() + ": access_denied"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	text := body(<-v.pages)
	if !strings.Contains(text, "Login failed") || !strings.Contains(text, "access_denied: The person said &lt;no&gt;.[31m") || strings.Contains(text, "\x1b") {
		t.Errorf("page %q", text)
	}
}

func TestAnswersThatAreNotOursAreWaitedOut(t *testing.T) {
	s := browserServer(t, oauthtest.Person{})
	v := newVisitor(t, s)
	tok, err := personAt(s).Browse(t.Context(), oauth.Browser{Open: func(u string) error {
		landing := v.landing(u)
		at := must(url.Parse(landing))
		go func() {
			for _, stray := range []struct {
				path, query string
				status      int
			}{
				{"/favicon.ico", "", 404}, {"/other", at.RawQuery, 404}, {"/", "", 404}, {"/", "code=x&state=wrong", 400}, {"/", "code=x", 400},
				{"/", "error=access_denied&state=wrong", 400}, {"/", at.RawQuery + "&state=again", 400}, {"/", at.RawQuery + "&code=again", 400}, {"/", "state=" + at.Query().Get("state"), 400},
				{"/", "%zz", 400},
			} {
				to := *at
				to.Path, to.RawQuery = stray.path, stray.query
				if got := v.visit(to.String()).StatusCode; got != stray.status {
					t.Errorf("%s?%s: status %d, want %d", stray.path, stray.query, got, stray.status)
				}
			}
			v.open(landing)
		}()
		return nil
	}})
	if err != nil || !s.Valid(tok.Access) {
		t.Fatal(err)
	}
	<-v.pages
}

// TestNamesThatLeadHereAreNotAnswered: a page of such a name may read the answer (DNS rebinding).
func TestNamesThatLeadHereAreNotAnswered(t *testing.T) {
	s := browserServer(t, oauthtest.Person{})
	v := newVisitor(t, s)
	_, err := personAt(s).Browse(t.Context(), oauth.Browser{Open: func(u string) error {
		landing := v.landing(u)
		go func() {
			for _, host := range []string{"evil.example", "evil.example:" + must(url.Parse(landing)).Port(), "localhost.evil.example", "10.0.0.1", "0.0.0.0", "x@127.0.0.1"} {
				req := must(http.NewRequest(http.MethodGet, landing, nil))
				req.Host = host
				resp, err := v.client.Do(req)
				if err != nil || resp.StatusCode/100 != 4 {
					t.Errorf("%s is answered", host)
				}
			}
			v.open(landing)
		}()
		return nil
	}})
	if <-v.pages; err != nil {
		t.Error(err)
	}
}

func TestSecondAnswerIsToldThatItIsOver(t *testing.T) {
	s := browserServer(t, oauthtest.Person{})
	v := newVisitor(t, s)
	done := make(chan struct{})
	_, err := personAt(s).Browse(t.Context(), oauth.Browser{Open: func(u string) error {
		go func() {
			defer close(done)
			first := v.landing(u)
			clean := v.landing(first) // the answer is taken, its page not yet seen
			second := v.visit(first)
			if text := body(second); second.StatusCode != http.StatusGone || !strings.Contains(text, "This login is over") {
				t.Errorf("second: %d %q", second.StatusCode, text)
			}
			if clean != "/" {
				t.Errorf("sent on to %q, want /", clean)
			}
			at := must(url.Parse(first))
			at.RawQuery = ""
			if text := body(v.visit(at.String())); !strings.Contains(text, "Logged in") {
				t.Errorf("page %q", text)
			}
		}()
		return nil
	}})
	if <-done; err != nil {
		t.Error(err)
	}
	if n := s.Counts().Requests(); n != 1 {
		t.Errorf("the code was exchanged %d times, want once", n)
	}
}

func TestAnswerMustComeFromTheIssuer(t *testing.T) {
	const malformed = "it does not come from the issuer that was asked"
	tests := []struct {
		name     string
		iss      string
		promised any
		fails    bool
	}{
		{"it says so", "", true, false},
		{"unasked", "", nil, false},
		{"missing, though promised", "-", true, true},
		{"missing, not promised", "-", nil, false},
		{"another, promised", "https://evil.example", true, true},
		{"another, not promised", "https://evil.example", false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := browserServer(t, oauthtest.Person{Iss: tt.iss})
			s.Change(func(o *oauthtest.Options) {
				o.Metadata = map[string]any{"authorization_response_iss_parameter_supported": tt.promised}
			})
			v := newVisitor(t, s)
			_, err := personAt(s).Browse(t.Context(), oauth.Browser{Open: v.open})
			<-v.pages
			var e *oauth.Error
			if refused := errors.As(err, &e) && e.Problem == malformed; refused != tt.fails || !refused && err != nil {
				t.Errorf("got %v, want it refused: %v", err, tt.fails)
			}
			if n := s.Counts().Requests(); tt.fails && n > 0 {
				t.Error("the code was shown to the server all the same")
			}
		})
	}
}

func TestPastedRedirectIsHeldToTheSame(t *testing.T) {
	s := browserServer(t, oauthtest.Person{})
	v := newVisitor(t, s)
	pasted, strays := make(chan string), make(chan error)
	tok, err := personAt(s, "openid").Browse(t.Context(), oauth.Browser{
		Pasted: pasted,
		Stray:  func(err error) { strays <- err },
		Open: func(u string) error {
			go func() {
				landing := v.landing(u)
				for _, stray := range []string{"", "hello", "http://127.0.0.1/?code=x&state=y", "https://[", strings.Repeat("x", 40<<10), landing + "&code=again"} {
					pasted <- stray
					if err := <-strays; !errors.Is(err, oauth.ErrStray) {
						t.Errorf("%.20q: got %v, want %v", stray, err, oauth.ErrStray)
					}
				}
				pasted <- "  " + landing + "\n"
			}()
			return nil
		},
	})
	if err != nil || !s.Valid(tok.Access) || tok.ID == "" {
		t.Errorf("error %v, want a token", err)
	}
}

func TestBrowserThatCannotBeOpenedEndsTheLogin(t *testing.T) {
	s := browserServer(t, oauthtest.Person{})
	none := errors.New("no browser here")
	_, err := personAt(s).Browse(t.Context(), oauth.Browser{Open: func(string) error { return none }})
	if !errors.Is(err, none) || fob.OutcomeOf(err) != fob.Local {
		t.Errorf("got %v, want it wrapped, and Local", err)
	}
}

func TestBrowserIsWaitedForAsLongAsSaid(t *testing.T) {
	s := browserServer(t, oauthtest.Person{})
	open := func(string) error { return nil } // and the person closes the window
	_, err := personAt(s).Browse(t.Context(), oauth.Browser{Open: open, Timeout: time.Nanosecond})
	if !errors.Is(err, oauth.ErrUnanswered) {
		t.Errorf("got %v, want %v", err, oauth.ErrUnanswered)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = personAt(s).Browse(ctx, oauth.Browser{Open: func(string) error { cancel(); return nil }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestRedirectsAreTriedInTurn(t *testing.T) {
	s := browserServer(t, oauthtest.Person{})
	taken := must(net.Listen("tcp", "127.0.0.1:0"))
	defer taken.Close()
	free := must(net.Listen("tcp", "127.0.0.1:0"))
	free.Close()
	busy, open := "http://127.0.0.1:"+port(taken), "http://localhost:"+port(free)+"/callback"
	v := newVisitor(t, s)
	g := personAt(s)
	g.Redirects = []string{busy, open}
	_, err := g.Browse(t.Context(), oauth.Browser{Open: func(u string) error {
		if got := must(url.Parse(u)).Query().Get("redirect_uri"); got != open {
			t.Errorf("redirect_uri %s, want %s", got, open)
		}
		return v.open(strings.Replace(v.landing(u), "localhost", "127.0.0.1", 1)) // the name leads v to the server, as all names do
	}})
	if err != nil {
		t.Error(err)
	}
	if page := <-v.pages; page.Request.URL.Path != "/callback" {
		t.Errorf("ended at %s, want /callback", page.Request.URL.Path)
	}
	g.Redirects = []string{busy}
	if _, err := g.Browse(t.Context(), oauth.Browser{}); err == nil || err.Error() != "redirect URL: no port to listen on" {
		t.Errorf("got %v, want no port to listen on", err)
	}
	for _, bad := range []string{"https://127.0.0.1", "http://login.example.com", "http://127.0.0.1/?x=y", "fob://callback", "http://[::2]"} {
		g.Redirects = []string{bad}
		if _, err := g.Browse(t.Context(), oauth.Browser{}); err == nil || !strings.HasPrefix(err.Error(), "redirect URL: not an http URL on loopback") {
			t.Errorf("%s: got %v", bad, err)
		}
	}
}

func port(l net.Listener) string {
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func TestBothLoopbackAddressesAreListenedOn(t *testing.T) {
	if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
		t.Log("this machine has no [::1]: 127.0.0.1 alone")
	} else {
		l.Close()
		s := browserServer(t, oauthtest.Person{Redirect: func(to string) string { return strings.Replace(to, "127.0.0.1", "[::1]", 1) }})
		v := newVisitor(t, s)
		if _, err := personAt(s).Browse(t.Context(), oauth.Browser{Open: v.open}); err != nil {
			t.Error(err)
		}
		<-v.pages
	}
}

func TestAuthorizationRequestSaysWhatItMust(t *testing.T) {
	g := oauth.Person{
		Client: &oauth.Client{AuthorizationURL: "https://login.example.com/a?keep=1", TokenURL: "https://login.example.com/t", ClientID: "cli"},
		Scopes: []string{"openid", "offline_access"}, Audience: []string{"https://api"}, Resource: []string{"r1", "r2"},
		AuthParams: url.Values{"login_hint": {"ann"}, "state": {"mine"}, "response_type": {"token"}},
	}
	seen := map[string]bool{}
	for range 3 {
		a, err := g.Authorize(t.Context(), "http://127.0.0.1:7")
		if err != nil {
			t.Fatal(err)
		}
		q := must(url.Parse(a.URL)).Query()
		for _, name := range []string{"state", "nonce", "code_challenge"} {
			if value := q.Get(name); len(value) < 26 || seen[value] {
				t.Errorf("%s is short, or not new", name)
			} else {
				seen[value] = true
			}
			q.Del(name)
		}
		want := "audience=https%3A%2F%2Fapi&client_id=cli&code_challenge_method=S256&keep=1&login_hint=ann&prompt=consent" +
			"&redirect_uri=http%3A%2F%2F127.0.0.1%3A7&resource=r1&resource=r2&response_type=code&scope=openid+offline_access"
		if got := q.Encode(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestPushedRequestThatIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		person oauthtest.Person
		answer *oauthtest.Answer
		opens  bool
	}{
		"offered, and refused":        {oauthtest.Person{Push: true}, oauthtest.OAuthError(400, "unauthorized_client"), true},
		"required, and refused":       {oauthtest.Person{PushOnly: true}, oauthtest.OAuthError(400, "unauthorized_client"), false},
		"offered, and in trouble":     {oauthtest.Person{Push: true}, &oauthtest.Answer{Status: 503}, false},
		"a request without end":       {oauthtest.Person{Push: true}, &oauthtest.Answer{Status: 201, Body: `{"request_uri":"urn:` + strings.Repeat("x", 100_000) + `"}`}, false},
		"an answer without a request": {oauthtest.Person{Push: true}, &oauthtest.Answer{Status: 201, Body: `{"request_uri":"\u202e"}`}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := oauthtest.NewInMemory(t, oauthtest.Options{Clients: []oauthtest.Client{public}, Person: tt.person})
				s.Fault(oauthtest.Fault{Path: "/oauth2/par", Times: -1, Answer: tt.answer})
				a, err := personAt(s).Authorize(t.Context(), "http://127.0.0.1:7")
				if opens := err == nil && strings.Contains(a.URL, "code_challenge="); opens != tt.opens {
					t.Errorf("error %v, want a plain request: %v", err, tt.opens)
				}
			})
		})
	}
}

// TestCodeIsNotShownTwice: what came of the first time would be ended by the second (RFC 6749 §4.1.2).
func TestCodeIsNotShownTwice(t *testing.T) {
	s := browserServer(t, oauthtest.Person{})
	a, err := personAt(s).Authorize(t.Context(), "http://127.0.0.1:7")
	if err != nil {
		t.Fatal(err)
	}
	s.Fault(oauthtest.Fault{Commit: true, Cut: true})
	_, err = a.Finish(t.Context(), newVisitor(t, s).landing(a.URL))
	if n := s.Counts().Requests(); err == nil || fob.OutcomeOf(err) != fob.InDoubt || n != 1 {
		t.Errorf("got %v (%v) after %d requests, want it in doubt after 1", err, fob.OutcomeOf(err), n)
	}
}

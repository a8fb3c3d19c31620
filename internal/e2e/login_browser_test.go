package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
)

func TestLoginInABrowser(t *testing.T) {
	w := newLoginWorld(t)
	w.provider.lifetime(t, w.client, 1)
	login := w.begin(t, "", "fob", "login", "p")
	window := w.chromium.open(t, w.asked(t, login))
	window.login(t)
	window.press(t, "Consent", "Allow")
	window.await(t, "Logged in")

	r := login.wait()
	if r.code() != 0 || r.stdout != "" || !strings.Contains(r.stderr, "logged in to p as alice: token expires in ") {
		t.Fatalf("fob login: exit status %d\n%s%s", r.code(), r.stdout, r.stderr)
	}
	<-time.After(time.Second) // the first token has expired: only the login's refresh token is left
	w.provider.lifetime(t, w.client, 600)
	t.Run("serves git and Go programs", w.checkUse)
	token := string(w.token(t))
	t.Run("asks nobody else", func(t *testing.T) { w.checkRequests(t, window) })
	t.Run("leaves no secret", func(t *testing.T) { checkTraces(t, window, token) })
	t.Run("looks well", func(t *testing.T) { checkLooks(t, window) })
	t.Run("ends with a logout", func(t *testing.T) { w.checkLogout(t) })
	w.chromium.close(t)
	for _, name := range w.chromium.holds(t, token) { // the code, used up by now, Chromium notes where it shows nobody: it notes each redirect
		t.Errorf("%s holds the token", name)
	}
}

// Some providers register localhost alone, which a browser may find at either address of loopback.
func TestABrowserComesBackToLocalhost(t *testing.T) {
	w := newLoginWorld(t, `redirect_uri = "http://localhost/callback"`)
	login := w.begin(t, "", "fob", "login", "p")
	window := w.chromium.open(t, w.asked(t, login))
	window.login(t)
	window.press(t, "Consent", "Allow")
	window.await(t, "Logged in")
	if r := login.wait(); r.code() != 0 {
		t.Errorf("exit status %d\n%s", r.code(), r.stderr)
	}
}

// loginWorld is a person at a machine whose one profile, p, is theirs.
type loginWorld struct {
	*machine
	authority *authority
	provider  *provider
	repo, api string // URLs that want its token
	client    client
	chromium  *chromium
	opened    <-chan string // what a browser was opened for
}

// newLoginWorld adds settings to p.
func newLoginWorld(t *testing.T, settings ...string) loginWorld {
	t.Helper()
	w := newLoginWorldWithout(t, settings...)
	w.chromium = startChromium(t, w.authority)
	return w
}

// newLoginWorldWithout has no Chromium.
func newLoginWorldWithout(t *testing.T, settings ...string) loginWorld {
	t.Helper()
	a, c := newAuthority(t), appClient("fob")
	p := startProvider(t, a, c)
	repo, api := startGitServer(t, a, p), a.serve(t, p.guard(http.HandlerFunc(hello), askForToken)).URL
	m := newMachine(t, a, fmt.Sprintf(`
[profile.p]
issuer = %q
grant = "authorization_code"
client_id = %q
scopes = ["openid", "offline_access", "code"]
hosts = [%q, %q]
username = "oauth2"
allow = ["raw"]
%s
`, p.issuer, c.ID, hostOf(t, repo), hostOf(t, api), strings.Join(settings, "\n")))
	m.useGit(t, a)
	return loginWorld{machine: m, authority: a, provider: p, client: c, repo: repo, api: api, opened: m.person(t)}
}

// asked is the URL that a browser is opened for, before by has ended. Nil: it is another that opens it.
func (w loginWorld) asked(t *testing.T, by *running) string {
	t.Helper()
	ended, late := make(<-chan struct{}), time.After(patience)
	if by != nil {
		ended = by.over
	}
	select {
	case url := <-w.opened:
		return url
	case <-ended:
		t.Fatalf("it ended before it opened a browser: %v\n%s", by.err, &by.stderr)
	case <-late:
		t.Fatal("no browser was opened")
	}
	return ""
}

// token is p's, as fob token prints it.
func (w loginWorld) token(t *testing.T, flags ...string) fob.Secret {
	t.Helper()
	return fob.Secret(strings.TrimSpace(w.run(t, "", "fob", append([]string{"token", "p"}, flags...)...)))
}

// checkUse has git and a Go program use a login whose access token has expired: the first of them refreshes it.
func (w loginWorld) checkUse(t *testing.T) {
	before := w.provider.requests(t, "/token")
	w.git(t, "clone", "--quiet", w.repo, "work")
	if got := w.run(t, "", "goclient", "p", w.api); got != "hello" {
		t.Errorf("a Go program was answered %q, want %q", got, "hello")
	}
	if n := w.provider.requests(t, "/token") - before; n != 1 {
		t.Errorf("git and a Go program cost %d token requests, want 1", n)
	}
	if next := w.token(t, "--force-refresh"); !w.provider.active(t.Context(), next) {
		t.Error("the refresh token that took the first one's place is good for nothing")
	}
	if len(w.opened) != 0 {
		t.Error("another browser was opened")
	}
}

// checkRequests holds window to requests of the provider and of the listener of fob alone.
func (w loginWorld) checkRequests(t *testing.T, window *tab) {
	landed := 0
	requests, _ := window.seen()
	for _, raw := range requests {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasPrefix(raw, w.provider.issuer+"/"), u.Scheme == "data":
		case u.Scheme == "http" && u.Hostname() == "127.0.0.1":
			landed++
		default:
			t.Errorf("the browser asked %s", u.Redacted())
		}
	}
	if landed != 2 { // with the code, and for the page without it
		t.Errorf("%d requests to fob, want 2", landed)
	}
}

// checkLogout logs out, here and at the provider.
func (w loginWorld) checkLogout(t *testing.T) {
	token := w.token(t)
	if r := w.try(t, "", "fob", "logout", "p"); r.err != nil || r.stderr != "logged out of p\n" {
		t.Errorf("fob logout: %v\n%s", r.err, r.stderr)
	}
	if w.provider.active(t.Context(), token) {
		t.Error("the provider still takes the token")
	}
	r := w.try(t, "", "fob", "token", "p")
	checkFailed(t, r, 3, "profile p: login required")
}

// code is what window has brought fob.
func (w *tab) code(t *testing.T) string {
	t.Helper()
	requests, _ := w.seen()
	for _, raw := range requests {
		if u, err := url.Parse(raw); err == nil && u.Query().Get("code") != "" {
			return u.Query().Get("code")
		}
	}
	t.Fatal("the browser brought fob no code")
	return ""
}

// checkTraces looks for token and code in what a login leaves in a browser.
func checkTraces(t *testing.T, window *tab, token string) {
	var page string
	window.must(t, window.eval(t, `document.URL + document.referrer + document.cookie + document.documentElement.outerHTML`, &page))
	for _, place := range append(window.history(t), page) {
		for what, text := range map[string]string{"token": token, "code": window.code(t), "state": "state="} {
			if strings.Contains(place, text) {
				t.Errorf("the page or the way back to it holds the %s", what)
			}
		}
	}
}

// checkLooks wants a page that is readable in light and in dark, not the same in both, and that may do nothing.
func checkLooks(t *testing.T, window *tab) {
	var pictures [][]byte
	for _, scheme := range []string{"light", "dark"} {
		window.prefer(t, scheme)
		pictures = append(pictures, window.picture(t))
		for text, ratio := range window.contrasts(t) {
			if ratio < 4.5 { // WCAG 2.2, 1.4.3
				t.Errorf("%s: %q has a contrast of %.1f, want 4.5", scheme, text, ratio)
			}
		}
	}
	if bytes.Equal(pictures[0], pictures[1]) {
		t.Error("the page looks the same in light and in dark")
	}
	_, responses := window.seen()
	if got := responses[len(responses)-1].Headers["Content-Security-Policy"]; !strings.HasPrefix(got, "default-src 'none'; style-src 'sha256-") {
		t.Errorf("Content-Security-Policy %q, want nothing allowed but the style", got)
	}
}

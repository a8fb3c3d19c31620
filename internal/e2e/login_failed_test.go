package e2e

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

// Each login that fails says why in a line of its own, and with the exit code of its kind.
func TestALoginThatFailsSaysWhy(t *testing.T) {
	w := newLoginWorld(t)
	host := hostOf(t, w.provider.issuer)
	for _, tc := range []struct {
		name   string
		args   []string
		person func(url string) // what they do with the URL; nil: none is opened
		code   int
		line   string
	}{
		{"denied", nil, func(url string) { w.deny(t, url) }, 4, "profile p: authorization_code: refused by " + host + ": access_denied"},
		{"window closed", []string{"--timeout", "2s"}, func(url string) { w.leave(t, url) }, 3, "profile p: nobody completed the login in time"},
		{"wrong state", []string{"--timeout", "2s"}, func(url string) { w.forge(t, url) }, 3, "profile p: nobody completed the login in time: what came was not the answer to this login"},
		{"no browser", []string{"--timeout", "100ms", "--no-browser"}, nil, 3, "profile p: nobody completed the login in time"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			login := w.begin(t, "", "fob", append([]string{"login", "p"}, tc.args...)...)
			if tc.person != nil {
				tc.person(w.asked(t, login))
			}
			checkFailed(t, login.wait(), tc.code, tc.line)
		})
	}
}

func TestAPortInUseIsSaidToBe(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	w := newLoginWorldWithout(t, `redirect_uri = "http://`+taken.Addr().String()+`"`)
	checkFailed(t, w.try(t, "", "fob", "login", "p"), 2, "profile p: redirect URL: no port to listen on")
}

func checkFailed(t *testing.T, r result, code int, line string) {
	t.Helper()
	if line = "\nfob: " + line + "\n"; r.code() != code || r.stdout != "" || !strings.Contains("\n"+r.stderr, line) {
		t.Errorf("exit status %d, want %d, with the line%s%s%s", r.code(), code, line, r.stdout, r.stderr)
	}
}

// deny says no at the consent, and is told so.
func (w loginWorld) deny(t *testing.T, url string) {
	window := w.chromium.open(t, url)
	window.login(t)
	window.press(t, "Consent", "Deny")
	window.await(t, "Login failed")
	checkLooks(t, window)
	window.close(t)
}

// leave closes the window.
func (w loginWorld) leave(t *testing.T, url string) {
	window := w.chromium.open(t, url)
	window.await(t, "Log in")
	window.close(t)
}

// forge brings fob the right code, of somebody else's login as far as it can tell.
func (w loginWorld) forge(t *testing.T, url string) {
	answer := w.landing(t, url)
	w.visit(t, strings.Replace(answer, "state=", "state=x", 1), http.StatusBadRequest)
}

// An answer that comes twice, which costs a login at a server that saw its code twice, counts once.
func TestASecondAnswerIsNotHeard(t *testing.T) {
	w := newLoginWorldWithout(t)
	login := w.begin(t, "", "fob", "login", "p")
	answer := w.landing(t, w.asked(t, login))
	w.visit(t, strings.Replace(answer, "code=", "code=x", 1)+"&state=", http.StatusBadRequest) // two states
	w.visit(t, answer, http.StatusSeeOther)
	w.visit(t, answer, http.StatusGone)
	w.visit(t, pageOf(answer), http.StatusOK)
	if r := login.wait(); r.code() != 0 {
		t.Fatalf("exit status %d\n%s", r.code(), r.stderr)
	}
	if !w.provider.active(t.Context(), w.token(t, "--force-refresh")) {
		t.Error("the login is over")
	}
}

// landing is where the provider sends the browser of alice, who says yes to everything.
func (w loginWorld) landing(t *testing.T, url string) string {
	t.Helper()
	browser := *w.provider.http
	browser.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if req.URL.Scheme == "http" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	resp, err := browser.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.Header.Get("Location") == "" {
		t.Fatalf("the provider answers %s, and sends the browser nowhere", resp.Status)
	}
	return resp.Header.Get("Location")
}

// pageOf is where fob sends the browser on that brought answer.
func pageOf(answer string) string { page, _, _ := strings.Cut(answer, "?"); return page }

// visit asks for url, and follows no redirect.
func (w loginWorld) visit(t *testing.T, url string, want int) {
	t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(newRequest(t, url))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != want {
		t.Errorf("fob answered %s, want %d", resp.Status, want)
	}
}

func newRequest(t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

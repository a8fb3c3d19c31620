package e2e

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/fobkit/fob"
)

// provider is an oidc-provider of one test: an authorization server as strict as any.
type provider struct {
	issuer  string
	control string // provider/server.mjs says what can be asked of it
	http    *http.Client
}

// resourceServer is the client that introspects what the others present.
var resourceServer = client{ID: "resource-server", Secret: secret, Auth: "client_secret_basic", Grants: []string{}, Responses: []string{}, Redirects: []string{}}

// startProvider runs an oidc-provider that knows clients and resourceServer until the test ends.
func startProvider(t *testing.T, a *authority, clients ...client) *provider {
	t.Helper()
	need(t, "node")
	if _, err := os.Stat("provider/node_modules/oidc-provider"); err != nil {
		missing(t, "oidc-provider")
	}
	config := asJSON(t, map[string]any{"cert": a.certFile, "key": a.keyFile, "clients": append(clients, resourceServer)})
	cmd := exec.Command("node", "server.mjs", writeFile(t, filepath.Join(t.TempDir(), "provider.json"), config))
	cmd.Dir = "provider"
	ready := startProcess(t, cmd, `{"issuer"`)
	var at struct{ Issuer, Control string }
	if err := json.Unmarshal([]byte(ready), &at); err != nil {
		t.Fatal(err)
	}
	return &provider{issuer: at.Issuer, control: at.Control, http: a.client(t)}
}

// startProcess starts cmd and returns the first line of its output that contains ready. cmd is killed when the test ends.
func startProcess(t *testing.T, cmd *exec.Cmd, ready string) string {
	t.Helper()
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	if _, err := cmd.StdinPipe(); err != nil { // open until we die, so that cmd can die with us
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		cmd.Wait()
		in.Close()
		close(exited)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-exited
	})
	var said bytes.Buffer
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), ready) {
			go io.Copy(io.Discard, out)
			return lines.Text()
		}
		fmt.Fprintln(&said, lines.Text())
	}
	t.Fatalf("%s ended before it was ready:\n%s", filepath.Base(cmd.Path), &said)
	return ""
}

// requests is how many requests path has had.
func (p *provider) requests(t *testing.T, path string) int {
	t.Helper()
	return p.ask(t, http.MethodGet, "/requests", url.Values{"path": {path}})
}

// fail answers the next requests of path with status.
func (p *provider) fail(t *testing.T, path string, times, status int) {
	t.Helper()
	p.ask(t, http.MethodPost, "/fail", url.Values{"path": {path}, "times": {strconv.Itoa(times)}, "status": {strconv.Itoa(status)}})
}

// lifetime sets how long the access tokens live that c gets from now on.
func (p *provider) lifetime(t *testing.T, c client, seconds int) {
	t.Helper()
	p.ask(t, http.MethodPost, "/lifetime", url.Values{"client": {c.ID}, "seconds": {strconv.Itoa(seconds)}})
}

// revoke ends c's access tokens behind everyone's back; there must be one.
func (p *provider) revoke(t *testing.T, c client) {
	t.Helper()
	if n := p.ask(t, http.MethodPost, "/revoke", url.Values{"client": {c.ID}}); n == 0 {
		t.Fatalf("%s had no token to revoke", c.ID)
	}
}

func (p *provider) ask(t *testing.T, method, path string, query url.Values) (n int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.control+path+"?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.answer(req, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// introspection is what a resource server may know of a token (RFC 7662 §2.2).
type introspection struct {
	Active   bool   `json:"active"`
	Audience string `json:"aud"`
}

func (p *provider) introspect(ctx context.Context, token fob.Secret) (answer introspection, err error) {
	err = p.post(ctx, "/token/introspection", resourceServer, url.Values{"token": {string(token)}}, &answer)
	return answer, err
}

// active reports whether token is good right now.
func (p *provider) active(ctx context.Context, token fob.Secret) bool {
	answer, err := p.introspect(ctx, token)
	return err == nil && answer.Active
}

// login has alice consent to c in a browser of this test's own, and returns the refresh token that c gets for it.
func (p *provider) login(t *testing.T, c client) fob.Secret {
	t.Helper()
	verifier := rand.Text() + rand.Text() // at least 43 characters (RFC 7636 §4.1)
	challenge := sha256.Sum256([]byte(verifier))
	query := url.Values{
		"client_id": {c.ID}, "redirect_uri": {callback}, "response_type": {"code"}, "state": {"s"},
		"scope": {"openid offline_access code"}, "prompt": {"consent"}, // without it there is no refresh token
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {p.consent(t, query)}, "redirect_uri": {callback}, "code_verifier": {verifier}}
	var answer struct {
		Refresh fob.Secret `json:"refresh_token"`
	}
	if err := p.post(t.Context(), "/token", c, form, &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Refresh
}

// mint is a token that c gets by itself, and of which fob knows nothing.
func (p *provider) mint(t *testing.T, c client) fob.Secret {
	t.Helper()
	var answer struct {
		Access fob.Secret `json:"access_token"`
	}
	if err := p.post(t.Context(), "/token", c, url.Values{"grant_type": {"client_credentials"}, "scope": {"code"}}, &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Access
}

// consent follows the redirects of an authorization request until they lead to callback, and returns the code there.
func (p *provider) consent(t *testing.T, query url.Values) string {
	t.Helper()
	browser := *p.http
	browser.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(req.URL.String(), callback) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	resp, err := browser.Get(p.issuer + "/auth?" + query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	at, err := resp.Location()
	if err != nil {
		t.Fatalf("the authorization request ended with %s and no redirect", resp.Status)
	}
	if at.Query().Get("code") == "" {
		t.Fatalf("the authorization request was refused: %s", at.Query().Get("error_description"))
	}
	return at.Query().Get("code")
}

func (p *provider) post(ctx context.Context, path string, c client, form url.Values, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c.authenticate(req)
	return p.answer(req, into)
}

func (p *provider) answer(req *http.Request, into any) error {
	resp, err := p.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", req.URL.Path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

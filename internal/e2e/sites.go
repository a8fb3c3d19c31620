package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// site is one host of a private service.
type site struct {
	name        string // by which a tool may know it that does not take an address: a label and .example
	url         string
	host        string       // of url, with its port
	credentials atomic.Int32 // requests that carried a token or a password, good or bad
}

// sites are the same private service at four hosts, which differ in what fob has for them.
type sites struct {
	*machine
	authority *authority
	provider  *provider
	client    client

	private *site // of a profile that has all it needs
	foreign *site // of no profile
	person  *site // of a profile whose person has to log in again
	orphan  *site // of a profile whose token server is down
}

// newSites serves service at each host to whoever brings a good token. refuse answers the others.
func newSites(t *testing.T, service http.Handler, refuse http.HandlerFunc) *sites {
	t.Helper()
	a, c, person := newAuthority(t), machineClient("private-client", "client_secret_basic"), personClient("persons-client")
	p := startProvider(t, a, c, person)
	guarded := p.guard(service, refuse)
	w := &sites{authority: a, provider: p, client: c}
	w.private, w.foreign = a.serveSite(t, "private.example", guarded), a.serveSite(t, "foreign.example", guarded)
	w.person, w.orphan = a.serveSite(t, "person.example", guarded), a.serveSite(t, "orphan.example", guarded)
	w.machine = newMachine(t, a, fmt.Sprintf(`
[profile.private]
issuer = %q
client_id = %q
client_secret = { env = "CLIENT_SECRET" }
scopes = ["code"]
hosts = [%q, %q]

[profile.person]
issuer = %q
grant = "refresh_token"
client_id = %q
client_secret = { env = "CLIENT_SECRET" }
refresh_token = { env = "OLD_LOGIN" }
hosts = [%q, %q]

[profile.orphan]
token_endpoint = "https://%s/token"
client_id = "orphan"
client_secret = { env = "CLIENT_SECRET" }
hosts = [%q, %q]
`, p.issuer, c.ID, w.private.host, w.private.name, p.issuer, person.ID, w.person.host, w.person.name, nobody(t), w.orphan.host, w.orphan.name))
	w.env["OLD_LOGIN"] = "old-login-fob-canary-7f3a9c"
	return w
}

func (a *authority) serveSite(t *testing.T, name string, service http.Handler) *site {
	t.Helper()
	s := &site{name: name}
	server := a.serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if presented(req) != "" {
			s.credentials.Add(1)
		}
		service.ServeHTTP(w, req)
	}))
	s.url, s.host = server.URL, server.Listener.Addr().String()
	return s
}

// send is what a tool does once it knows the headers of req. What is not 200 has failed.
func (w *sites) send(t *testing.T, req *http.Request) result {
	t.Helper()
	resp, err := w.provider.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		return result{stderr: resp.Status, err: errors.New(resp.Status)}
	}
	return result{stdout: string(body), err: err}
}

// nobody is an address on loopback at which nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// label is the name without .example.
func (s *site) label() string { label, _, _ := strings.Cut(s.name, "."); return label }

// mints is how many token requests the provider has had.
func (w *sites) mints(t *testing.T) int { t.Helper(); return w.provider.requests(t, "/token") }

// refusals are what the user of a tool reads where fob has no token for it.
type refusals struct{ unknown, login, down string }

// patience is longer than any tool here takes on a slow machine, and shorter than any that hangs.
const patience = 20 * time.Second

// refuse has run use a tool at each site for which fob has no token: it fails, in time, without a credential sent, and says what is wanted.
func (w *sites) refuse(t *testing.T, want refusals, run func(t *testing.T, at *site) result) {
	t.Helper()
	for _, tc := range []struct {
		name  string
		at    *site
		want  string
		mints int
	}{
		{"unknown host", w.foreign, want.unknown, 0},
		{"login required", w.person, want.login, 1},
		{"token server down", w.orphan, want.down, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			mints, begun := w.mints(t), time.Now()
			r := run(t, tc.at)
			if took := time.Since(begun); took > patience {
				t.Errorf("it took %v, want at most %v", took, patience)
			}
			if said := r.stdout + r.stderr; r.err == nil || !strings.Contains(said, tc.want) {
				t.Errorf("it ended with %v, want a failure that says %q; it said\n%s", r.err, tc.want, said)
			}
			if n := w.mints(t) - mints; n != tc.mints {
				t.Errorf("it cost %d token requests, want %d", n, tc.mints)
			}
			if n := tc.at.credentials.Load(); n != 0 {
				t.Errorf("the server was sent %d credentials, want none", n)
			}
		})
	}
}

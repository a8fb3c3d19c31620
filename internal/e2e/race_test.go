package e2e

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/fobkit/fob"
)

func TestTwoHundredHelpersCostOneRefresh(t *testing.T) {
	const helpers = 200

	a, c := newAuthority(t), personClient("persons-client")
	p := startProvider(t, a, c)
	m := newPersonsMachine(t, a, p, c)
	p.lifetime(t, c, 1)
	m.run(t, "", "fob", "login", "alice")
	m.ask(t)
	<-time.After(time.Second) // what m got has expired: fob is another process, so that no clock but the real one counts

	p.lifetime(t, c, 600)
	before, tokens := p.requests(t, "/token"), map[fob.Secret]int{}
	for _, token := range m.askAtOnce(t, helpers) {
		tokens[token]++
	}
	good := m.ask(t)
	if len(tokens) != 1 || tokens[good] != helpers || !p.active(t.Context(), good) {
		t.Errorf("%d helpers gave %d tokens, want one that is good", helpers, len(tokens))
	}
	if n := p.requests(t, "/token") - before; n != 1 {
		t.Errorf("%d helpers cost %d token requests, want 1", helpers, n)
	}

	m.run(t, "protocol=https\nhost=git.example\nusername=oauth2\npassword="+string(good)+"\n\n", "fob-helper", "git", "erase")
	if next := m.ask(t); next == good || !p.active(t.Context(), next) {
		t.Error("the refresh token that they left behind is not good for another token")
	}
}

// newPersonsMachine is a machine whose profile, alice, has a refresh token that is single-use: sent twice, it ends the login.
func newPersonsMachine(t *testing.T, a *authority, p *provider, c client) *machine {
	t.Helper()
	refresh := writeFile(t, filepath.Join(t.TempDir(), "refresh-token"), []byte(p.login(t, c)))
	return newMachine(t, a, fmt.Sprintf(`
[profile.alice]
issuer = %q
grant = "refresh_token"
client_id = %q
client_secret = { env = "CLIENT_SECRET" }
refresh_token = { file = %q }
hosts = %s
username = "oauth2"
`, p.issuer, c.ID, refresh, helperHosts))
}

package e2e

import (
	"path/filepath"
	"testing"
)

func TestAClientSecretCanLieInPass(t *testing.T) {
	need(t, "pass", "gpg", "gpgconf")
	a, c := newAuthority(t), machineClient("pass-client", "client_secret_basic")
	p := startProvider(t, a, c)
	m := newMachine(t, a, profileOf(p, c, `client_secret = { command = ["pass", "corp"] }`))
	m.env["GNUPGHOME"] = filepath.Dir(writeFile(t, filepath.Join(t.TempDir(), "gpg.conf"), nil))
	t.Cleanup(func() { m.command(t, "gpgconf", "--kill", "all").Run() })
	m.run(t, "", "gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "fob@e2e.example", "default", "default", "never")
	m.run(t, "", "pass", "init", "fob@e2e.example")
	m.run(t, c.Secret+"\n", "pass", "insert", "--multiline", "corp")
	m.token(t)
	if n := p.requests(t, "/token"); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
	if names := m.holds(t, c.Secret); len(names) > 0 {
		t.Errorf("the secret lies in %s", names)
	}
}

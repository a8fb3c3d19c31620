package e2e

import (
	"fmt"
	"testing"
)

// A keyring of its own, on a bus of its own, which ends with the script and takes the keyring along.
const inKeyring = `
printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
printf %s "$KEYRING_SECRET" | secret-tool store --label=fob service corp username build-17
fob token --for "$TOKEN_FOR"
`

func TestAClientSecretCanLieInTheKeyring(t *testing.T) {
	need(t, "dbus-run-session", "gnome-keyring-daemon", "secret-tool")
	a, c := newAuthority(t), machineClient("keyring-client", "client_secret_post")
	p := startProvider(t, a, c)
	m := newMachine(t, a, fmt.Sprintf(`
[profile.corp]
issuer = %q
client_id = %q
client_auth = "params"
client_secret = { keyring = "corp/build-17" }
hosts = ["api.corp.example"]
`, p.issuer, c.ID))
	m.env["KEYRING_SECRET"], m.env["TOKEN_FOR"] = c.Secret, "https://api.corp.example/"
	m.run(t, "", "dbus-run-session", "--", "sh", "-c", inKeyring)
	if n := p.requests(t, "/token"); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}

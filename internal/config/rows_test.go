package config

import (
	"path/filepath"
	"strings"
	"testing"
)

// table is rows as lines, files by their base name.
func table(rows []Row) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(r.Key + " = " + r.Value + " (" + filepath.Base(r.Origin) + ")\n")
	}
	return b.String()
}

func TestRowsSayWhatIsInForceAndWhy(t *testing.T) {
	c := mustLoad(t, files{
		"sys/config.toml": "seal = \"all\"\n[profile.a]\nissuer = \"https://login.example\"\n",
		"user.toml": `default = "a"
[profile.a]
client_id = "c"
client_secret = "` + canary + `"
client_auth = "client_secret_jwt"
scopes = ["x", "y"]
hosts = ["git.example:443", "*.k8s.example:6443"]
assertion.lifetime = "90s"
assertion.jti = false

[profile.a.headers]
x-api-key.command = ["pass", "` + canary + `"]
accept = { env = "ACCEPT" }
`}, "FOB_PROFILE=a")
	if got, want := table(c.Rows()), "default = a (user.toml:1)\nseal = all (config.toml:1)\nprofile = a (FOB_PROFILE)\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	got := table(c.Profiles["a"].Rows(Row{"token_endpoint", "https://login.example/token", "discovery"}, Row{"issuer", "elsewhere", "default"}))
	want := `issuer = https://login.example (config.toml:3)
client_id = c (user.toml:3)
client_secret = [secret] (user.toml:4)
client_auth = client_secret_jwt (user.toml:5)
assertion.lifetime = 1m30s (user.toml:8)
assertion.jti = false (user.toml:9)
scopes = x y (user.toml:6)
headers.accept = environment variable ACCEPT (user.toml:13)
headers.x-api-key = command pass (user.toml:12)
hosts = git.example *.k8s.example:6443 (user.toml:7)
token_endpoint = https://login.example/token (discovery)
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

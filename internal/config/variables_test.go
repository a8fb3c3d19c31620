package config

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestSecretVariables(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.toml")
	text := `[profile.job]
issuer = "https://login.example"
grant = "token_exchange"
client_id = "c"
client_secret = { file = "/run/secret" }
subject_token = { github_actions = "https://login.example" }
headers = { x-key = { env = "JOB_KEY" } }

[profile.api]
issuer = "https://api.example"
grant = "token_exchange"
client_id = "c"
client_secret = { env = "API_SECRET" }
subject_token = { profile = "job" }
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(Options{Environ: []string{"FOB_CONFIG=" + file}, System: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"job": {"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "JOB_KEY"},
		"api": {"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "API_SECRET", "JOB_KEY"},
	} {
		got := c.SecretVariables(c.Profiles[name])
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

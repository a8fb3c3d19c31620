package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google/externalaccount"
)

func TestGoogleTakesAPersonsIDToken(t *testing.T) {
	w := newGoogleWorld(t)
	for range 2 {
		token, err := w.token(t, "alice")
		if err != nil || token.AccessToken != "of-google-"+mark {
			t.Fatalf("Google's library: %v", err)
		}
	}
	if n := w.provider.requests(t, "/token"); n != w.logins+1 {
		t.Errorf("two programs cost %d token requests, want 1", n-w.logins)
	}
}

// What is on stderr some libraries read as part of the answer.
func TestGoogleIsRefused(t *testing.T) {
	w := newGoogleWorld(t)
	for profile, want := range map[string]struct {
		code     string
		requests int
	}{
		"unknown": {"(CONFIGURATION)", 0},
		"person":  {"(LOGIN_REQUIRED)", 1},
		"orphan":  {"(UNREACHABLE)", 0},
	} {
		t.Run(profile, func(t *testing.T) {
			before := w.provider.requests(t, "/token")
			_, err := w.token(t, profile)
			if err == nil || !strings.Contains(err.Error(), want.code) || strings.Contains(err.Error(), mark) {
				t.Errorf("Google's library says %v, want %s", err, want.code)
			}
			if n := w.provider.requests(t, "/token") - before; n != want.requests {
				t.Errorf("%d token requests, want %d", n, want.requests)
			}
			if r := w.try(t, "", "fob-helper", "google", "--profile", profile); r.stderr != "" {
				t.Errorf("stderr has %q, want nothing", r.stderr)
			}
		})
	}
}

// googleWorld is a stand-in for Google, and a machine with a profile whose person Google knows.
type googleWorld struct {
	*machine
	provider *provider
	sts      string
	ctx      context.Context // with a client that trusts the stand-in
	logins   int             // token requests of the test's own
}

func newGoogleWorld(t *testing.T) googleWorld {
	t.Helper()
	a, c := newAuthority(t), personClient("persons-client")
	p := startProvider(t, a, c)
	refresh := writeFile(t, filepath.Join(t.TempDir(), "refresh-token"), []byte(p.login(t, c)))
	profile := func(name, issuer, refresh string) string {
		return fmt.Sprintf("[profile.%s]\n%s\ngrant = \"refresh_token\"\nclient_id = %q\nclient_secret = { env = \"CLIENT_SECRET\" }\nrefresh_token = { %s }\nallow = [\"google\"]\n", name, issuer, c.ID, refresh)
	}
	issuer := fmt.Sprintf("issuer = %q", p.issuer)
	m := newMachine(t, a, profile("alice", issuer, fmt.Sprintf("file = %q", refresh))+profile("person", issuer, `env = "OLD_LOGIN"`)+
		profile("orphan", fmt.Sprintf("token_endpoint = \"https://%s/token\"", nobody(t)), `env = "OLD_LOGIN"`))
	m.env["OLD_LOGIN"], m.env["GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"] = "old-login-"+mark, "1"
	m.here(t)
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, a.client(t))
	return googleWorld{m, p, a.serve(t, googleSTS(t, p)).URL, ctx, p.requests(t, "/token")}
}

// token is what a program with Google's library gets by an external_account that runs fob.
func (w googleWorld) token(t *testing.T, profile string) (*oauth2.Token, error) {
	t.Helper()
	source, err := externalaccount.NewTokenSource(w.ctx, externalaccount.Config{
		Audience:         "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/fob",
		SubjectTokenType: "urn:ietf:params:oauth:token-type:id_token",
		TokenURL:         w.sts,
		CredentialSource: &externalaccount.CredentialSource{Executable: &externalaccount.ExecutableConfig{
			Command: filepath.Join(w.bin, "fob-helper") + " google --profile " + profile, OutputFile: filepath.Join(t.TempDir(), "token"),
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return source.Token()
}

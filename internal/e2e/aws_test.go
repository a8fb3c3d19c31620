package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
)

func TestAWSAssumesARoleOnce(t *testing.T) {
	w := newAWSWorld(t)
	var wg sync.WaitGroup
	for range 10 { // programs, each with a cache of its own
		wg.Go(func() {
			keys, err := processcreds.NewProvider(w.process("role")).Retrieve(t.Context())
			if err != nil || keys.AccessKeyID != "ASIA1" || keys.SecretAccessKey != awsKey || keys.SessionToken != "session-"+awsKey || keys.AccountID != "123456789012" {
				t.Errorf("the SDK has the keys %s, or not all of them: %v", keys.AccessKeyID, err)
			}
			if left := time.Until(keys.Expires); !keys.CanExpire || left <= 16*time.Minute || left > time.Hour {
				t.Errorf("they are good for %v, want up to an hour", left)
			}
		})
	}
	wg.Wait()
	if n := w.sts.requests.Load(); n != 1 {
		t.Errorf("ten programs cost %d requests of STS, want 1", n)
	}
	if names := w.holds(t, string(w.sts.jwt)); len(names) > 0 {
		t.Errorf("the web identity lies in %q", names)
	}
}

// The SDK quotes what is on stdout in its errors, so that there must be nothing.
func TestAWSIsRefused(t *testing.T) {
	w := newAWSWorld(t)
	for profile, want := range map[string]struct {
		says     string
		requests int32
	}{
		"plain":    {"does not allow aws", 0},
		"person":   {"login required", 0},
		"stranger": {"AccessDenied", 1},
		"orphan":   {"connection refused", 0},
	} {
		t.Run(profile, func(t *testing.T) {
			before := w.sts.requests.Load()
			if keys, err := processcreds.NewProvider(w.process(profile)).Retrieve(t.Context()); err == nil || strings.Contains(err.Error(), mark) {
				t.Errorf("the SDK has the keys %q, or an error with a secret", keys.AccessKeyID)
			}
			if n := w.sts.requests.Load() - before; n != want.requests {
				t.Errorf("%d requests of STS, want %d", n, want.requests)
			}
			if r := w.try(t, "", "fob-helper", "aws", "--profile", profile); r.stdout != "" || !strings.Contains(r.stderr, want.says) {
				t.Errorf("%d bytes on stdout, and %q, want none and %q", len(r.stdout), r.stderr, want.says)
			}
		})
	}
}

// awsWorld is a role to be had, and a machine of whose profiles one has it.
type awsWorld struct {
	*machine
	sts *awsSTS
}

func newAWSWorld(t *testing.T) awsWorld {
	t.Helper()
	a, person := newAuthority(t), personClient("persons-client")
	p := startProvider(t, a, person)
	sts := startAWS(t, a, "good.jwt."+mark)
	role := func(name, endpoint, subject string) string {
		return fmt.Sprintf("[profile.%s]\ngrant = \"aws_web_identity\"\nrole_arn = %q\ntoken_endpoint = %q\nsubject_token = { %s }\nallow = [\"aws\"]\n", name, awsRole, endpoint, subject)
	}
	file := func(content string) string {
		return fmt.Sprintf("file = %q", writeFile(t, filepath.Join(t.TempDir(), "token"), []byte(content)))
	}
	config := role("role", sts.url, "env = \"WEB_IDENTITY\"") + role("stranger", sts.url, file("bad.jwt."+mark)) +
		role("person", sts.url, `profile = "login", token = "id"`) + role("orphan", "https://"+nobody(t), file(string(sts.jwt))) +
		strings.Replace(role("plain", sts.url, file(string(sts.jwt))), "aws\"]", "raw\"]", 1) +
		fmt.Sprintf("[profile.login]\nissuer = %q\ngrant = \"refresh_token\"\nclient_id = %q\nclient_secret = { env = \"CLIENT_SECRET\" }\nrefresh_token = { env = \"OLD_LOGIN\" }\nallow = [\"raw\"]\n", p.issuer, person.ID)
	m := newMachine(t, a, config)
	m.env["OLD_LOGIN"], m.env["WEB_IDENTITY"] = "old-login-"+mark, string(sts.jwt)
	m.here(t)
	return awsWorld{m, sts}
}

// process is a credential_process.
func (w awsWorld) process(profile string) string {
	return filepath.Join(w.bin, "fob-helper") + " aws --profile " + profile
}

// here makes m's environment that of the test, for a library that runs programs by itself.
func (m *machine) here(t *testing.T) {
	t.Helper()
	for name, value := range m.env {
		t.Setenv(name, value)
	}
}

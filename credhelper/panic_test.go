package credhelper_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/fobkit/fob/credhelper"
)

// broken is a Handler with a fault in it, and a secret at hand.
type broken struct{}

func (broken) Credential(context.Context, credhelper.Request) (credhelper.Credential, error) {
	c := credhelper.Credential{Secret: canary}
	panic(c)
}

const panics = "FOB_TEST_PANICS"

// TestMain is the helper itself where a test has started it as one.
func TestMain(m *testing.M) {
	if args := os.Getenv(panics); args != "" {
		c := credhelper.OS()
		c.Args = strings.Fields(args)
		credhelper.Serve(context.Background(), broken{}, c)
	}
	os.Exit(m.Run())
}

func TestAPanicLeavesStdoutEmptyAndTellsNoSecret(t *testing.T) {
	for _, c := range []struct{ args, stdin string }{
		{"fob git get", "protocol=https\nhost=git.example.com\n\n"}, {"fob docker get", "git.example.com"}, {"fob kubernetes", ""}, {"fob google", ""}, {"fob raw", ""},
	} {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), panics+"="+c.args)
		cmd.Stdin = strings.NewReader(c.stdin)
		var stdout, stderr strings.Builder
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err == nil || stdout.Len() > 0 {
			t.Errorf("%s: %v and %d bytes of stdout, want a failure and none", c.args, err, stdout.Len())
		}
		if !strings.Contains(stderr.String(), "panic") || strings.Contains(stderr.String(), canary) {
			t.Errorf("%s: stderr of %d bytes tells of no panic, or of the secret", c.args, stderr.Len())
		}
	}
}

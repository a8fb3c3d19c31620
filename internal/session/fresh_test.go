package session_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
)

// A token that somebody issued says nothing of its end: that there is another in its file is all one hears of it.
func TestAStaticTokenIsReadFromItsFileAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	give := func(token fob.Secret) {
		t.Helper()
		if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	give(oauthtest.Canary + "-a")
	s := user(t, oauthtest.New(t, oauthtest.Options{}), "grant = \"static\"\ntoken = { file = '"+file+"' }\n", nil)
	p, err := s.Profile("system")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []fob.Secret{oauthtest.Canary + "-a", oauthtest.Canary + "-b"} {
		give(want)
		if tok, err := p.Fresh(t.Context()); err != nil || tok.Access != want {
			t.Errorf("got %v, that of the file: %v, error %v", tok, tok.Access == want, err)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if tok, err := p.Fresh(t.Context()); fob.OutcomeOf(err) != fob.Local || tok.Access != oauthtest.Canary+"-b" {
		t.Errorf("without the file: got %v, %v, want the token it had, and an error of this machine's", tok, err)
	}
}

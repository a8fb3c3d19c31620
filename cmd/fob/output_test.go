package main

import (
	"errors"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/oauth"
)

func TestATokenIsWrittenOnlyInAFormThatCarriesIt(t *testing.T) {
	const odd = "a b'\"\\" + oauthtest.Canary
	for _, tc := range []struct {
		form, username string
		access         fob.Secret
		kind           string
		want           error
	}{
		{"raw", "", "a", "N_A", nil},
		{"json", "", "a", "N_A", nil},
		{"env", "", odd, "N_A", nil},
		{"netrc", "", "a", "N_A", nil},
		{"header", "", "a", "N_A", errNoBearer},
		{"curl", "", "a", "N_A", errNoBearer},
		{"raw", "", "{}", oauth.TypeAWS4, errAWS},
		{"json", "", "{}", oauth.TypeAWS4, errAWS},
		{"env", "", "{}", oauth.TypeAWS4, errAWS},
		{"header", "", "{}", oauth.TypeAWS4, errAWS},
		{"netrc", "", odd, "Bearer", errNetrcToken},
		{"netrc", "", "#a", "Bearer", errNetrcToken},
		{"netrc", "", "a\nmachine b", "Bearer", errNetrcToken},
		{"netrc", "", "é", "Bearer", errNetrcToken},
		{"netrc", "a b", "a", "Bearer", errNetrcUser},
		{"netrc", "<token>", "a", "Bearer", nil},
	} {
		p := &config.Profile{Name: "corp", Username: tc.username}
		o := output{form: tc.form, place: "https://git.corp.example", name: "T"}
		data, err := o.write(p, fob.Token{Access: tc.access, Type: tc.kind})
		if !errors.Is(err, tc.want) || (err == nil) != (len(data) > 0) {
			t.Errorf("%s of a token of type %s: got %v, want %v", tc.form, tc.kind, err, tc.want)
		}
		if tc.want != nil && credhelper.ExitCode(err) != 2 {
			t.Errorf("%v: exit status %d, want 2", err, credhelper.ExitCode(err))
		}
	}
}

func TestTheNameOfAVariable(t *testing.T) {
	for name, want := range map[string]bool{"T": true, "_a1": true, "GITHUB_TOKEN": true, "": false, "1a": false, "a-b": false, "a b": false, "a;b": false, "é": false} {
		if got := variable(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}

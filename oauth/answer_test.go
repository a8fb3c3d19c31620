package oauth_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/oauth"
)

// answering is a RoundTripper that gives one answer.
type answering struct {
	status int
	kind   string
	body   string
}

func (a answering) RoundTrip(*http.Request) (*http.Response, error) {
	return response(a.status, a.kind, a.body), nil
}

// mint asks for a token of a server that gives one answer.
func mint(t *testing.T, a answering, last fob.Token) (fob.Token, error) {
	t.Helper()
	c := &oauth.Client{TokenURL: "https://login.example.com/token", ClientID: "c", Transport: a}
	if last.Refresh != "" {
		return oauth.RefreshToken{Client: c}.Mint(t.Context(), last)
	}
	return oauth.ClientCredentials{Client: c}.Mint(t.Context(), last)
}

func TestTokenAnswersAreReadInEveryForm(t *testing.T) {
	base := func(change func(*fob.Token)) fob.Token {
		tok := fob.Token{Access: access, Type: "Bearer"}
		if change != nil {
			change(&tok)
		}
		return tok
	}
	lasting := func(d time.Duration) fob.Token {
		return base(func(tok *fob.Token) { tok.Expiry = tok.Issued.Add(d) })
	}
	const a = `"access_token":"access-fob-canary-7f3a9c"`
	tests := []struct {
		name, kind, body string
		want             fob.Token // Issued zero, Expiry from it
	}{
		{"least", "application/json", `{` + a + `}`, base(nil)},
		{"without a content type", "", `{` + a + `}`, base(nil)},
		{"white space around", "", " \n{" + a + "}\n", base(nil)},
		{"lower-case bearer", "", `{` + a + `,"token_type":"bearer"}`, base(nil)},
		{"upper-case bearer", "", `{` + a + `,"token_type":"BEARER"}`, base(nil)},
		{"type null", "", `{` + a + `,"token_type":null}`, base(nil)},
		{"another type", "", `{` + a + `,"token_type":"DPoP"}`, base(func(tok *fob.Token) { tok.Type = "DPoP" })},
		{"expires_in a number", "", `{` + a + `,"expires_in":300}`, lasting(300 * time.Second)},
		{"expires_in a string", "", `{` + a + `,"expires_in":"300"}`, lasting(300 * time.Second)},
		{"expires_in a float", "", `{` + a + `,"expires_in":300.5}`, lasting(300*time.Second + time.Second/2)},
		{"expires_in with an exponent", "", `{` + a + `,"expires_in":3e2}`, lasting(300 * time.Second)},
		{"expires_in null", "", `{` + a + `,"expires_in":null}`, base(nil)},
		{"scope a string", "", `{` + a + `,"scope":"b  a"}`, base(func(tok *fob.Token) { tok.Scopes = []string{"b", "a"} })},
		{"scope a list", "", `{` + a + `,"scope":["b","a"]}`, base(func(tok *fob.Token) { tok.Scopes = []string{"b", "a"} })},
		{"scope null", "", `{` + a + `,"scope":null}`, base(nil)},
		{"scope empty", "", `{` + a + `,"scope":""}`, base(nil)},
		{"refresh and id token", "", `{` + a + `,"refresh_token":"refresh-fob-canary-7f3a9c","id_token":"id-fob-canary-7f3a9c"}`,
			base(func(tok *fob.Token) { tok.Refresh, tok.ID = refresh, "id-fob-canary-7f3a9c" })},
		{"unknown members", "", `{` + a + `,"tenant":{"a" : [1, 2]},"x":null}`,
			base(func(tok *fob.Token) { tok.Extra = map[string]fob.Secret{"tenant": `{"a":[1,2]}`, "x": "null"} })},
		{"form", "application/x-www-form-urlencoded; charset=utf-8", "access_token=access-fob-canary-7f3a9c&expires_in=300&token_type=bearer", lasting(300 * time.Second)},
		{"form called text", "text/plain", "access_token=access-fob-canary-7f3a9c", base(nil)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := mint(t, answering{200, tt.kind, tt.body}, fob.Token{})
				if err != nil {
					t.Fatal(err)
				}
				want := tt.want
				want.Issued = time.Now()
				if !want.Expiry.IsZero() {
					want.Expiry = want.Issued.Add(want.Expiry.Sub(time.Time{}))
				}
				if !got.Issued.Equal(want.Issued) || !got.Expiry.Equal(want.Expiry) {
					t.Errorf("got %v to %v, want %v to %v", got.Issued, got.Expiry, want.Issued, want.Expiry)
				}
				got.Issued, got.Expiry = want.Issued, want.Expiry
				if !reflect.DeepEqual(got, want) {
					t.Errorf("got %+v, want %+v", got, want)
				}
			})
		})
	}
}

func TestAnswersThatAreNoneAreErrors(t *testing.T) {
	const a = `"access_token":"access-fob-canary-7f3a9c"`
	html := "<html>fob-canary-7f3a9c</html>"
	invalid := `{"error":"invalid_client","error_description":"fob-canary-7f3a9c"}`
	tests := []struct {
		name    string
		answer  answering
		want    string // behind "client_credentials: "
		outcome fob.Outcome
		refresh fob.Outcome // the same answer to a refresh
	}{
		{"empty", answering{200, "", ""}, "malformed answer from login.example.com (status 200): neither JSON nor form", fob.Transient, fob.InDoubt},
		{"HTML", answering{200, "text/html", html}, "malformed answer from login.example.com (status 200): neither JSON nor form", fob.Transient, fob.InDoubt},
		{"cut off", answering{200, "", `{` + a}, "malformed answer from login.example.com (status 200): neither JSON nor form", fob.Transient, fob.InDoubt},
		{"a list", answering{200, "", `[]`}, "malformed answer from login.example.com (status 200): neither JSON nor form", fob.Transient, fob.InDoubt},
		{"not UTF-8", answering{200, "", "{" + a + ",\"x\":\"\xff\"}"}, "malformed answer from login.example.com (status 200): neither JSON nor form", fob.Transient, fob.InDoubt},
		{"no token", answering{200, "", `{}`}, "malformed answer from login.example.com (status 200): no access token", fob.Transient, fob.InDoubt},
		{"a number for a token", answering{200, "", `{"access_token":7}`}, "malformed answer from login.example.com (status 200): a token is not of visible ASCII characters", fob.Transient, fob.InDoubt},
		{"a token with a line end", answering{200, "", `{"access_token":"a\r\nX-Evil: 1"}`}, "malformed answer from login.example.com (status 200): a token is not of visible ASCII characters", fob.Transient, fob.InDoubt},
		{"a token with a space", answering{200, "", `{"access_token":"a b"}`}, "malformed answer from login.example.com (status 200): a token is not of visible ASCII characters", fob.Transient, fob.InDoubt},
		{"a refresh token with a control", answering{200, "", `{` + a + `,"refresh_token":"a\u0000"}`}, "malformed answer from login.example.com (status 200): a token is not of visible ASCII characters", fob.Transient, fob.InDoubt},
		{"an ID token that is not ASCII", answering{200, "", `{` + a + `,"id_token":"é"}`}, "malformed answer from login.example.com (status 200): a token is not of visible ASCII characters", fob.Transient, fob.InDoubt},
		{"a type of two words", answering{200, "", `{` + a + `,"token_type":"a b"}`}, "malformed answer from login.example.com (status 200): token type is no word", fob.Transient, fob.InDoubt},
		{"expires_in zero", answering{200, "", `{` + a + `,"expires_in":0}`}, "malformed answer from login.example.com (status 200): expires_in is not a number above zero", fob.Transient, fob.InDoubt},
		{"expires_in negative", answering{200, "", `{` + a + `,"expires_in":"-1"}`}, "malformed answer from login.example.com (status 200): expires_in is not a number above zero", fob.Transient, fob.InDoubt},
		{"expires_in NaN", answering{200, "", `{` + a + `,"expires_in":"NaN"}`}, "malformed answer from login.example.com (status 200): expires_in is not a number above zero", fob.Transient, fob.InDoubt},
		{"expires_in infinite", answering{200, "", `{` + a + `,"expires_in":"inf"}`}, "malformed answer from login.example.com (status 200): expires_in is not a number above zero", fob.Transient, fob.InDoubt},
		{"expires_in that overflows", answering{200, "", `{` + a + `,"expires_in":1e300}`}, "malformed answer from login.example.com (status 200): expires_in is not a number above zero", fob.Transient, fob.InDoubt},
		{"expires_in in hex", answering{200, "", `{` + a + `,"expires_in":"0x10"}`}, "malformed answer from login.example.com (status 200): expires_in is not a number above zero", fob.Transient, fob.InDoubt},
		{"expires_in a list", answering{200, "", `{` + a + `,"expires_in":[300]}`}, "malformed answer from login.example.com (status 200): expires_in is not a number above zero", fob.Transient, fob.InDoubt},
		{"scope a number", answering{200, "", `{` + a + `,"scope":7}`}, "malformed answer from login.example.com (status 200): scope is not a list of words", fob.Transient, fob.InDoubt},
		{"scope with a control", answering{200, "", `{` + a + `,"scope":["a\u001b"]}`}, "malformed answer from login.example.com (status 200): scope is not a list of words", fob.Transient, fob.InDoubt},
		{"longer than 1 MiB", answering{200, "", `{` + a + `,"pad":"` + strings.Repeat("x", 1<<20) + `"}`}, "no answer from login.example.com: answer is longer than 1 MiB", fob.Transient, fob.InDoubt},

		{"refused", answering{401, "", invalid}, "refused by login.example.com: invalid_client", fob.Terminal, fob.Terminal},
		{"refused by a 200", answering{200, "", invalid}, "refused by login.example.com: invalid_client", fob.Terminal, fob.Terminal},
		{"refused in a form", answering{400, "text/plain", "error=invalid_scope"}, "refused by login.example.com: invalid_scope", fob.Terminal, fob.Terminal},
		{"refused without a word", answering{400, "", ""}, "refused by login.example.com: status 400", fob.Terminal, fob.Terminal},
		{"refused with words for a code", answering{400, "", `{"error":"fob-canary-7f3a9c"}`}, "refused by login.example.com: status 400", fob.Terminal, fob.Terminal},
		{"told to wait", answering{400, "", `{"error":"temporarily_unavailable"}`}, "refused by login.example.com: temporarily_unavailable", fob.Transient, fob.Transient},
		{"a page that forbids", answering{403, "text/html", html}, "malformed answer from login.example.com (status 403): neither JSON nor form", fob.Transient, fob.Transient},
		{"nothing there", answering{404, "", ""}, "refused by login.example.com: status 404", fob.Transient, fob.Transient},
		{"redirected", answering{307, "text/html", html}, "malformed answer from login.example.com (status 307): a redirect, which is not followed", fob.Transient, fob.Transient},
		{"ill", answering{503, "text/html", html}, "malformed answer from login.example.com (status 503): neither JSON nor form", fob.Transient, fob.InDoubt},
		{"ill, in JSON", answering{500, "", `{"error":"server_error"}`}, "refused by login.example.com: server_error", fob.Transient, fob.InDoubt},
		{"busy", answering{429, "", ""}, "refused by login.example.com: status 429", fob.Transient, fob.Transient},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // some are tried again
				_, err := mint(t, tt.answer, fob.Token{})
				if err == nil || err.Error() != "client_credentials: "+tt.want || fob.OutcomeOf(err) != tt.outcome {
					t.Errorf("got %v, outcome %v, want %q, %v", err, fob.OutcomeOf(err), tt.want, tt.outcome)
				}
				_, err = mint(t, tt.answer, fob.Token{Refresh: refresh})
				if fob.OutcomeOf(err) != tt.refresh {
					t.Errorf("refresh: got %v, outcome %v, want %v", err, fob.OutcomeOf(err), tt.refresh)
				}
			})
		})
	}
}

func TestErrorKeepsTheServersWordsToItself(t *testing.T) {
	_, err := mint(t, answering{400, "", `{"error":"invalid_scope","error_description":"fob-canary-7f3a9c"}`}, fob.Token{})
	var e *oauth.Error
	if !errors.As(err, &e) || e.Status != 400 || e.Code != "invalid_scope" || e.Description != "fob-canary-7f3a9c" {
		t.Fatalf("got %v, want an *Error with status, code and description", err)
	}
	if shown := show(err); strings.Contains(shown, "canary") {
		t.Error("the description shows in a print of the error")
	}
}

func FuzzTokenAnswer(f *testing.F) {
	for _, path := range must(filepath.Glob(filepath.Join("..", "testdata", "wire", "oauth", "answers", "*"))) {
		f.Add(200, "text/plain", string(must(os.ReadFile(path))))
	}
	f.Add(200, "", `{"access_token":"a","expires_in":"300","scope":["a"],"x":{}}`)
	f.Add(502, "text/html", "<html>")
	f.Fuzz(func(t *testing.T, status int, kind, body string) {
		if status < 200 || status > 599 || status == 429 || status >= 500 {
			status = 200 // tried again, which takes time
		}
		tok, err := mint(t, answering{status, kind, body}, fob.Token{})
		var known *oauth.Error
		switch {
		case err != nil && !errors.As(err, &known):
			t.Errorf("error is a %T, want *Error", err)
		case err != nil && strings.Contains(err.Error(), "\n"):
			t.Error("error is of more than one line")
		case err == nil && (!tok.Valid(tok.Issued) || tok.Type == ""):
			t.Error("a token that is not valid when it is issued")
		}
	})
}

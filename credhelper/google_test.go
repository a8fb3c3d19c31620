package credhelper_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
)

func fields(s string) []string { return strings.Fields(s) }

func holdsCanary(r *run) bool {
	return strings.Contains(r.stdout.String()+r.stderr.String(), "fob-canary-7f3a9c")
}

// jwt is a token with these claims, which nobody has signed.
func jwt(claims string) fob.Secret {
	return fob.Secret("e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".fob-canary-7f3a9c")
}

// googleAnswer is what the libraries read.
type googleAnswer struct {
	Version        int
	Success        *bool
	TokenType      string `json:"token_type"`
	IDToken        string `json:"id_token"`
	ExpirationTime int64  `json:"expiration_time"`
	Code, Message  string
}

// askGoogle fails unless stderr is empty, the exit status 0 and stdout an answer, as it must be whatever happens.
func askGoogle(t *testing.T, h credhelper.Handler, env map[string]string, args ...string) (a googleAnswer) {
	t.Helper()
	r := serve(h, "", env, append([]string{"fob", "google"}, args...)...)
	if r.code != 0 || r.stderr.Len() != 0 {
		t.Errorf("exit status %d and %q on stderr, want 0 and silence", r.code, r.stderr.String())
	}
	if err := json.Unmarshal(r.stdout.Bytes(), &a); err != nil || a.Version != 1 || a.Success == nil || *a.Success != (a.Code == "") {
		t.Fatalf("no answer: %v", err)
	}
	return a
}

func TestGoogle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		const id, asJWT = "urn:ietf:params:oauth:token-type:id_token", "urn:ietf:params:oauth:token-type:jwt"
		soon := jwt(fmt.Sprintf(`{"exp":%d}`, now.Add(10*time.Minute).Unix()))
		for _, c := range []struct {
			name     string
			cred     credhelper.Credential
			typ      string
			token    fob.Secret
			lifetime time.Duration
		}{
			{"the ID token comes first, and has an end of its own", credhelper.Credential{Secret: canary, ID: soon, Issued: now, Expiry: now.Add(time.Hour)}, id, soon, 9 * time.Minute},
			{"as a JWT it is the same", credhelper.Credential{Secret: jwt("{}"), ID: soon, Issued: now, Expiry: now.Add(time.Hour)}, asJWT, soon, 9 * time.Minute},
			{"an access token may be a JWT", credhelper.Credential{Secret: jwt("{}"), Issued: now, Expiry: now.Add(time.Hour)}, asJWT, jwt("{}"), 59 * time.Minute},
			{"without an end it is asked for again in an hour", credhelper.Credential{Secret: jwt(`{"exp":"x"}`)}, "", jwt(`{"exp":"x"}`), 59 * time.Minute},
		} {
			a := askGoogle(t, &keeper{cred: c.cred}, map[string]string{"GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE": c.typ})
			if want := now.Add(c.lifetime).Unix(); a.IDToken != string(c.token) || a.ExpirationTime != want || c.typ != "" && a.TokenType != c.typ {
				t.Errorf("%s: the right token: %v, type %q, expiration_time %d; want true, %q, %d", c.name, a.IDToken == string(c.token), a.TokenType, a.ExpirationTime, c.typ, want)
			}
		}
	})
}

func TestGoogleTranscript(t *testing.T) {
	h := anHour()
	h.cred.ID = jwt(`{"exp":1893456000}`)
	r := serve(h, "", nil, "fob-google-corp")
	if compare(t, "google/id", r.stdout.String(), readFile(t, "google/id.out")); h.req.Profile != "corp" || !h.req.IDToken || h.req.Interactive || h.req.Audience != "" {
		t.Errorf("the handler was asked %+v", h.req)
	}
	r = serve(&keeper{err: fob.ErrLoginRequired}, "", nil, "fob", "google")
	compare(t, "google/login", r.stdout.String(), readFile(t, "google/login.out"))
}

func TestGoogleFailsOnStdout(t *testing.T) {
	for _, c := range []struct {
		err  error
		cred credhelper.Credential
		typ  string
		args string
		want string
	}{
		{err: credhelper.ErrNotFound, want: "NOT_FOUND"}, {err: fob.ErrLoginRequired, want: "LOGIN_REQUIRED"}, {err: credhelper.ErrDenied, want: "DENIED"},
		{err: credhelper.ErrUnreachable, want: "UNREACHABLE"}, {err: credhelper.ErrTryLater, want: "TRY_LATER"}, {err: credhelper.ErrPermission, want: "PERMISSION"},
		{err: credhelper.ErrConfig, want: "CONFIGURATION"}, {err: errors.New("any\n\x1bthing\""), want: "FAILED"},
		{cred: credhelper.Credential{Secret: canary}, want: "DENIED"},
		{cred: credhelper.Credential{Secret: canary, ID: jwt(`{"exp":1000000000}`)}, want: "TRY_LATER"},
		{cred: credhelper.Credential{Secret: "a.!.c"}, want: "DENIED"},
		{cred: credhelper.Credential{Secret: "a.e3.c"}, want: "DENIED"},
		{cred: credhelper.Credential{Secret: jwt("1")}, want: "DENIED"},
		{cred: credhelper.Credential{Secret: jwt("{}"), Form: credhelper.Password}, want: "DENIED"},
		{cred: credhelper.Credential{Secret: jwt("{}")}, typ: "urn:ietf:params:oauth:token-type:saml2", want: "CONFIGURATION"},
		{args: "get", want: "CONFIGURATION"}, {args: "--profile", want: "CONFIGURATION"},
	} {
		a := askGoogle(t, &keeper{err: c.err, cred: c.cred}, map[string]string{"GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE": c.typ}, fields(c.args)...)
		if a.Code != c.want || a.Message == "" || strings.ContainsAny(a.Message, "\n\x1b") {
			t.Errorf("%v: code %q, message %q; want %q and one clean line", c.err, a.Code, a.Message, c.want)
		}
	}
}

// saver is a keeper that writes files.
type saver struct {
	*keeper
	path   string
	answer []byte
}

func (s *saver) Save(_ context.Context, _ credhelper.Request, path string, answer []byte) error {
	s.path, s.answer = path, answer
	return s.err
}

func TestGoogleAnswerIsSavedWhereTheLibraryLooks(t *testing.T) {
	h := &saver{keeper: &keeper{cred: credhelper.Credential{Secret: jwt("{}"), Expiry: expiry}}}
	env := map[string]string{"GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE": "/tmp/answer", "GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE": "1"}
	r := serve(h, "", env, "fob", "google")
	if h.path != "/tmp/answer" || string(h.answer) != r.stdout.String() || len(h.answer) == 0 || !h.req.Interactive {
		t.Errorf("saved %d bytes as %q, interactive %v; want the answer as /tmp/answer, true", len(h.answer), h.path, h.req.Interactive)
	}
	h = &saver{keeper: &keeper{err: credhelper.ErrTryLater}}
	if serve(h, "", env, "fob", "google"); h.path != "" {
		t.Error("a failure was saved")
	}
}

func TestGoogleRevokes(t *testing.T) {
	h := anHour()
	if a := askGoogle(t, h, map[string]string{"GOOGLE_EXTERNAL_ACCOUNT_REVOKE": "1"}); h.did != "erase" || !*a.Success || a.IDToken != "" {
		t.Errorf("the handler was told %q, success %v; want erase and true", h.did, *a.Success)
	}
}

func TestSilentProtocols(t *testing.T) {
	for args, want := range map[string]bool{"fob google": true, "fob-google-corp": true, "fob google --profile": true, "fob git get": false, "fob": false, "": false} {
		if got := credhelper.Silent(fields(args)); got != want {
			t.Errorf("Silent(%q) = %v, want %v", args, got, want)
		}
	}
}

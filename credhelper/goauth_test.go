package credhelper_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
)

const goURL = "https://git.example.com/mod/@v/v1.0.0.info"

func TestGoauth(t *testing.T) {
	for _, c := range []struct{ name, url string }{
		{"refused", goURL},
		{"absent", goURL + "?go-get=1"},
		{"typed", goURL},
		{"not-found", "https://other.example/mod?go-get=1"},
		{"none", ""},
	} {
		if r := transcript(t, "goauth/"+c.name, anHour(), append([]string{"fob-goauth"}, strings.Fields(c.url)...)...); r.code != 0 || r.stderr.Len() != 0 {
			t.Errorf("%s: exit status %d and %q, want 0 and silence", c.name, r.code, r.stderr.String())
		}
	}
}

// holder is a keeper with tokens at hand.
type holder struct {
	*keeper
	held []credhelper.Held
}

func (h holder) Held(_ context.Context, req credhelper.Request) ([]credhelper.Held, error) {
	h.did, h.req = "held", req
	return h.held, h.err
}

func TestGoauthSaysWhatIsAtHand(t *testing.T) {
	h := holder{new(keeper), []credhelper.Held{
		{URL: "https://git.example.com", Credential: credhelper.Credential{Secret: canary}},
		{URL: "https://proxy.example.com:8443/go", Credential: credhelper.Credential{Username: "alice", Secret: "hunter2-fob-canary-7f3a9c", Form: credhelper.Password}},
		{URL: "https://aws.example.com", Credential: credhelper.Credential{Secret: canary, Form: credhelper.AWSKeys}},
		{URL: "https://broken.example.com", Credential: credhelper.Credential{Secret: canary + "\nX: y"}},
		{URL: "https://certificate.example.com", Credential: credhelper.Credential{CertificateKey: canary}},
	}}
	if r := transcript(t, "goauth/held", h, "fob-goauth-corp"); r.code != 0 || r.stderr.Len() != 0 {
		t.Errorf("exit status %d and %q, want 0 and silence", r.code, r.stderr.String())
	}
	if h.did != "held" || h.req.Host != "" || h.req.Profile != "corp" || h.req.MinTTL != time.Minute || h.req.Interactive {
		t.Errorf("the handler was asked %s of %+v", h.did, h.req)
	}
	h.err = credhelper.ErrConfig
	if r := serve(h, "", nil, "fob", "goauth"); r.code != 2 || r.stdout.Len() != 0 || r.stderr.String() != "fob: no tokens for goauth: configuration\n" {
		t.Errorf("exit status %d and %q, want 2 and a line", r.code, r.stderr.String())
	}
}

func TestGoauthRequestReachesTheHandler(t *testing.T) {
	h := anHour()
	transcript(t, "goauth/refused", h, "fob", "goauth", "--profile", "corp", goURL)
	got := h.req
	if got.Protocol != "goauth" || got.Profile != "corp" || got.Origin() != "https://git.example.com" || got.Path != "mod/@v/v1.0.0.info" || got.MinTTL != time.Minute ||
		!got.Bearer || !got.Rejected || got.Interactive || strings.Join(got.Challenges, "|") != `Bearer realm="a, b"` {
		t.Errorf("the handler was asked %+v", got)
	}
}

// go runs its commands after every 4xx, and a 404 says nothing against the token.
func TestGoauthTakesNothingButA401ForARefusal(t *testing.T) {
	for status, want := range map[string]bool{
		"HTTP/1.1 401 Unauthorized": true, "HTTP/2.0 401": true, "HTTP/1.1 401\r": true,
		"HTTP/1.1 400 Bad Request": false, "HTTP/1.1 403 Forbidden": false, "HTTP/1.1 404 401": false, "HTTP/1.1 410 Gone": false,
	} {
		h := anHour()
		if serve(h, status+"\n\n", nil, "fob", "goauth", goURL); h.did != "get" || h.req.Rejected != want {
			t.Errorf("%s: rejected is %v (%s), want %v", status, h.req.Rejected, h.did, want)
		}
	}
}

// go compares what it is told with the URL as it wrote it.
func TestGoauthNamesWhatTheAnswerIsGoodFor(t *testing.T) {
	for _, c := range []struct{ url, path, want string }{
		{"https://git.example.com/team/mod?go-get=1", "/", "https://git.example.com/"},
		{"https://git.example.com/team/mod?go-get=1", "team", "https://git.example.com/team"},
		{"https://git.example.com/team/mod?go-get=1", "", "https://git.example.com/team/mod"},
		{"https://git.example.com/teams/mod", "team", "https://git.example.com/teams/mod"},
		{"https://git.example.com/mod", "mod/deeper", "https://git.example.com/mod"},
		{"https://Git.example.com:443/%21mod/x", "%21mod", "https://Git.example.com:443/%21mod"},
		{"https://git.example.com?go-get=1", "/", "https://git.example.com/"},
	} {
		h := anHour()
		h.cred.Path = c.path
		got, _, _ := strings.Cut(serve(h, "", nil, "fob", "goauth", c.url).stdout.String(), "\n")
		if got != c.want {
			t.Errorf("%s, of which %q is good: told %s, want %s", c.url, c.path, got, c.want)
		}
	}
}

func TestGoauthRefusesRequestsOutOfForm(t *testing.T) {
	for _, c := range []struct{ url, head string }{
		{"", ""}, {"https://", ""}, {"git.example.com", ""}, {"http://git.example.com/mod", ""}, {"ftp://git.example.com/mod", ""}, {"https://me@git.example.com/mod", ""},
		{"https://git.example.com/mod#x", ""}, {"https://git.example.com/mod?x#y", ""}, {"https://git.example.com#@other.example/?x", ""}, {"https://gıt.example.com/mod", ""},
		{"https://git.example.com/mod\n", ""}, {"https://git.example.com/mod\r", ""}, {"https://git.example.com/mod\x00", ""}, {"https://git.example.com/mod?x\ny", ""}, {"https://git.example.com/a/../b", ""},
		{"https://git.example.com/" + strings.Repeat("a", 8<<10), ""}, {"https://" + strings.Repeat("a.", 127) + "aa/", ""},
		{goURL, "401 Unauthorized\n\n"}, {goURL, "HTTP/1.1\n\n"}, {goURL, "HTTP/1.1 4010 x\n\n"}, {goURL, "HTTP/1.1 +41 x\n\n"}, {goURL, strings.Repeat("X: y\n", 300_000)},
	} {
		h := anHour()
		r := serve(h, c.head, nil, "fob", "goauth", c.url)
		if r.code != 2 || r.stdout.Len() != 0 || strings.Count(r.stderr.String(), "\n") != 1 || h.did != "" {
			t.Errorf("%.60q: exit status %d, %d bytes of answer, stderr %q; want 2, none, one line", c.url, r.code, r.stdout.Len(), r.stderr.String())
		}
	}
	if r := serve(anHour(), "", nil, "fob", "goauth", goURL, goURL); r.code != 2 || r.stderr.String() != "fob: usage: goauth [--profile NAME] [URL]\n" {
		t.Errorf("two URLs: exit status %d and %q", r.code, r.stderr.String())
	}
}

func TestHeaderThatASecretWouldBreakIsNotWritten(t *testing.T) {
	for _, c := range []credhelper.Credential{
		{Secret: canary + "\nX: y"}, {Secret: canary + " x"}, {Secret: canary + "\x00"}, {Secret: canary + "é"}, {Secret: canary + fob.Secret(strings.Repeat("a", 32<<10))},
		{Secret: canary + "\n", Form: credhelper.Password}, {Secret: canary, Username: "a:b", Form: credhelper.Password}, {Secret: canary, Username: "a\r", Form: credhelper.Password},
	} {
		for _, ask := range []struct {
			args, in string
			env      map[string]string
		}{
			{args: "goauth " + goURL},
			{args: "bazel get", in: `{"uri":"https://git.example.com"}`},
			{args: "headers", env: map[string]string{"CLAUDE_CODE_MCP_SERVER_URL": "https://git.example.com"}},
		} {
			r := serve(&keeper{cred: c}, ask.in, ask.env, append([]string{"fob"}, strings.Fields(ask.args)...)...)
			if r.code != 1 || r.stdout.Len() != 0 || strings.Contains(r.stderr.String(), "canary") || strings.Count(r.stderr.String(), "\n") != 1 {
				t.Errorf("%s: exit status %d, %d bytes of answer; want 1, none, one line", ask.args, r.code, r.stdout.Len())
			}
		}
	}
}

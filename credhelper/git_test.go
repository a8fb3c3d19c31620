package credhelper_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
)

func TestGitGet(t *testing.T) {
	for _, name := range []string{
		"git-2.39", "git-2.47", "one-header", "no-basic", "proactive", "authtype-reset", "challenges-reset", "username", "path", "loopback",
		"ipv6", "crlf-bom", "unknown-keys", "blank-line", "same-twice", "no-newline", "default-port", "not-found", "smtp",
	} {
		if r := transcript(t, "git/"+name, anHour(), "git-credential-fob", "get"); r.code != 0 || r.stderr.Len() != 0 {
			t.Errorf("%s: exit status %d and %q, want 0 and silence", name, r.code, r.stderr.String())
		}
	}
}

func TestGitRequestReachesTheHandler(t *testing.T) {
	h := anHour()
	in := "capability[]=authtype\nprotocol=https\nhost=Git.Example.com:8443\npath=team/repo\nusername=alice\nwwwauth[]=Basic realm=\"a\"\nwwwauth[]=Bearer\n"
	serve(h, in, map[string]string{"GIT_TERMINAL_PROMPT": "0"}, "git-credential-fob-corp", "get")
	got := h.req
	if got.Protocol != "git" || got.Profile != "corp" || got.Origin() != "https://git.example.com:8443" || got.Port != 8443 || got.Path != "team/repo" ||
		got.Username != "alice" || got.MinTTL != time.Minute || !got.Bearer || got.Interactive || strings.Join(got.Challenges, "|") != `Basic realm="a"|Bearer` {
		t.Errorf("the handler was asked %+v", got)
	}
	if serve(h, in, nil, "fob", "git", "get"); !h.req.Interactive || h.req.Profile != "" {
		t.Errorf("without settings and suffix: interactive %v, profile %q; want true and none", h.req.Interactive, h.req.Profile)
	}
}

func TestGitAsksNobodyWhereItsSettingsForbidIt(t *testing.T) {
	for name, value := range map[string]string{
		"GIT_TERMINAL_PROMPT":   "0",
		"GCM_INTERACTIVE":       "Never",
		"GIT_CONFIG_PARAMETERS": "'core.askpass'='true' 'credential.interactive'='False'",
	} {
		h := anHour()
		if serve(h, "protocol=https\nhost=git.example.com\n\n", map[string]string{name: value}, "fob", "git", "get"); h.req.Interactive {
			t.Errorf("%s=%s: somebody may be asked", name, value)
		}
	}
}

func TestGitBearerFormOnlyWhereGitOffersIt(t *testing.T) {
	for _, c := range []struct {
		form         credhelper.Form
		request, out string
	}{
		{credhelper.Bearer, "git-2.47", "no-basic"},
		{credhelper.Bearer, "git-2.39", "git-2.39"},
		{credhelper.Password, "no-basic", "git-2.39"},
	} {
		h := anHour()
		h.cred.Form = c.form
		r := serve(h, readFile(t, "git/"+c.request+".in"), nil, "fob", "git", "get")
		compare(t, c.request, r.stdout.String(), readFile(t, "git/"+c.out+".out"))
	}
}

func TestGitIsAskedBackOnceWithWhatWasRefused(t *testing.T) {
	h := anHour()
	h.cred.Mark = "m1"
	in := readFile(t, "git/git-2.47.in")
	transcript(t, "git/state", h, "git-credential-fob", "get")
	if len(h.req.Refused) != 0 {
		t.Errorf("refused %q before anything was answered", h.req.Refused)
	}
	transcript(t, "git/state-again", h, "git-credential-fob", "get")
	if len(h.req.Refused) != 1 || h.req.Refused[0] != "m1" {
		t.Errorf("git came back with m1 and a state of another helper's: refused %q", h.req.Refused)
	}
	h.cred.Mark = "" // there is no other to be had
	compare(t, "no mark", serve(h, in, nil, "fob", "git", "get").stdout.String(), readFile(t, "git/git-2.47.out"))
}

func TestGitStoreAndEraseNameExactlyWhatWasUsed(t *testing.T) {
	for _, c := range []struct {
		name string
		form credhelper.Form
		user string
	}{
		{"store-basic", credhelper.Password, "oauth2"},
		{"store-bearer", credhelper.Bearer, ""},
		{"erase-basic", credhelper.Password, "oauth2"},
		{"erase-bearer", credhelper.Bearer, ""},
	} {
		h := new(keeper)
		verb, _, _ := strings.Cut(c.name, "-")
		if r := transcript(t, "git/"+c.name, h, "git-credential-fob", verb); r.code != 0 || r.stderr.Len() != 0 {
			t.Errorf("%s: exit status %d and %q, want 0 and silence", c.name, r.code, r.stderr.String())
		}
		if h.did != verb || h.used.Secret != canary || h.used.Form != c.form || h.used.Username != c.user {
			t.Errorf("%s: the handler was told %s of %+v", c.name, h.did, h.used)
		}
	}
}

func TestGitExpiryOfStore(t *testing.T) {
	for value, want := range map[string]int64{"1893456000": 1893456000, "0": 0, "-1": 0, "x": 0, "18446744073709551615": 0, "253402300800": 0} {
		h := new(keeper)
		serve(h, "protocol=https\nhost=a.example\nusername=u\npassword=p\npassword_expiry_utc="+value+"\n", nil, "fob", "git", "store")
		if got := h.used.Expiry; got.IsZero() != (want == 0) || want != 0 && got.Unix() != want {
			t.Errorf("password_expiry_utc=%s is read as %v", value, got)
		}
	}
}

func TestGitCapabilityAndUnknownVerbs(t *testing.T) {
	transcript(t, "git/capability", nil, "git-credential-fob", "capability")
	for _, verb := range []string{"rotate", "--version", "GET"} {
		if r := serve(nil, "protocol=https\nhost=git.example.com\n", nil, "git-credential-fob", verb); r.code != 0 || r.stdout.Len()+r.stderr.Len() != 0 {
			t.Errorf("%s: exit status %d, stderr %q; want 0 and silence", verb, r.code, r.stderr.String())
		}
	}
}

func TestGitRefusesRequestsOutOfForm(t *testing.T) {
	long := strings.Repeat("a", 65536)
	for _, in := range []string{
		"", "\n", "protocol=https\n", "host=git.example.com\n", "protocol=https\nhost=\n", "protocol=https\nhost\n",
		"protocol=https\nhost=git.example.com\r\nusername=x\n", // a lone CR
		"protocol=https\nhost=git.example.com\r\n",
		"protocol=https\r\nhost=git.example.com\n",
		"protocol=https\r\nhost=git.example.com\r\r\n",
		"protocol=https\nhost=git.example.com\x00.evil.example\n",
		"protocol=https\nhost=evil.example\nhost=git.example.com\n",
		"protocol=https\nhost=git.example.com\nhost=\n",
		"protocol=http\nhost=git.example.com\n", "protocol=http\nhost=localhost.evil.example\n", "protocol=http\nhost=127.1\n", "protocol=http\nhost=[::ffff:127.0.0.1]\n",
		"protocol=https\nhost=git.example.com@evil.example\n", "protocol=https\nhost=me@git.example.com\n", "protocol=https\nhost=git.example.com/evil\n",
		"protocol=https\nhost=git.example.com.\n", "protocol=https\nhost=git..example.com\n", "protocol=https\nhost=git%2eexample.com\n", "protocol=https\nhost=gıt.example.com\n",
		"protocol=https\nhost=git.example.com:\n", "protocol=https\nhost=git.example.com:0443\n", "protocol=https\nhost=git.example.com:65536\n", "protocol=https\nhost=git.example.com:+443\n",
		"protocol=https\nhost=[::1\n", "protocol=https\nhost=[fe80::1%25eth0]\n", "protocol=https\nhost=[1.2.3.4]\n", "protocol=https\nhost=::1\n",
		"protocol=https\nhost=git.example.com\nurl=https://evil.example\n",
		"protocol=https\nhost=git.example.com\npath=team/../other\n",
		"protocol=https\nhost=git.example.com\nx=" + long + "\n",
		"protocol=https\nhost=" + strings.Repeat("a.", 127) + "aa\n",
	} {
		h := anHour()
		r := serve(h, in, nil, "git-credential-fob", "get")
		if r.code != 2 || r.stdout.Len() != 0 || strings.Count(r.stderr.String(), "\n") != 1 || h.did != "" {
			t.Errorf("%.60q: exit status %d, %d bytes of answer, stderr %q; want 2, none, one line", in, r.code, r.stdout.Len(), r.stderr.String())
		}
	}
}

func TestGitStoreForPlainHTTPIsSilent(t *testing.T) {
	for _, verb := range []string{"store", "erase"} {
		h := new(keeper)
		r := serve(h, "protocol=http\nhost=git.example.com\nusername=a\npassword="+canary+"\n", nil, "fob", "git", verb)
		if r.code != 0 || r.stdout.Len()+r.stderr.Len() != 0 || h.did != "" {
			t.Errorf("%s: exit status %d, stderr %q, handler told %q; want 0 and silence", verb, r.code, r.stderr.String(), h.did)
		}
	}
}

// never is a reader that nobody closes: a person's terminal, or a tool that waits for the answer first.
type never struct{ t *testing.T }

func (n never) Read([]byte) (int, error) {
	n.t.Error("read on after the blank line")
	return 0, io.EOF
}

func TestGitStopsAtTheBlankLine(t *testing.T) {
	for _, end := range []string{"\n", "\r\n"} {
		in := strings.ReplaceAll("protocol=https\nhost=git.example.com\n\n", "\n", end)
		var out bytes.Buffer
		credhelper.Serve(t.Context(), anHour(), credhelper.Call{
			Args: []string{"fob", "git", "get"}, Stdout: &out, Stderr: io.Discard,
			Stdin: io.MultiReader(iotest.OneByteReader(strings.NewReader(in)), never{t}),
		})
		compare(t, "one byte at a time", out.String(), readFile(t, "git/git-2.39.out"))
	}
}

func TestGitNeverBreaksItsOwnBlock(t *testing.T) {
	for _, c := range []credhelper.Credential{
		{Secret: "a-fob-canary-7f3a9c\nhost=evil.example"},
		{Secret: "a-fob-canary-7f3a9c\r"},
		{Secret: "a-fob-canary-7f3a9c\x00"},
		{Secret: canary, Username: "a\nb"},
	} {
		r := serve(&keeper{cred: c}, readFile(t, "git/git-2.39.in"), nil, "fob", "git", "get")
		if r.stdout.Len() != 0 || r.code == 0 {
			t.Errorf("user %q: %d bytes, exit status %d; want a refusal", c.Username, r.stdout.Len(), r.code)
		}
		if strings.Contains(r.stderr.String(), "canary") {
			t.Error("the refusal quotes the secret")
		}
	}
}

func TestEmptySecretIsNotFound(t *testing.T) {
	if r := serve(&keeper{cred: credhelper.Credential{Username: "alice", Secret: fob.Secret("")}}, "a.example", nil, "fob", "docker", "get"); r.code != 1 || r.stdout.String() != "credentials not found in native keychain\n" {
		t.Errorf("exit status %d and %q, want docker's not found", r.code, r.stdout.String())
	}
}

func TestGitIsGivenBackWhatWasKeptAsItWas(t *testing.T) {
	whole := credhelper.Credential{
		Username: "ann", Secret: canary, Form: credhelper.Password, Refresh: "r-fob-canary-7f3a9c", Expiry: time.Unix(1893456000, 0), Mark: "kept", Verbatim: true,
	}
	header := credhelper.Credential{Username: "ann", Secret: canary, Form: credhelper.Password, AuthType: "Digest", Mark: "kept", Verbatim: true}
	for name, c := range map[string]credhelper.Credential{
		"kept":               whole,
		"kept-authtype":      header,
		"kept-authtype-2.39": header,
		"kept-empty":         {Form: credhelper.Password, Verbatim: true},
		"kept-expired":       {Username: "ann", Form: credhelper.Password, Refresh: "r-fob-canary-7f3a9c", Verbatim: true},
	} {
		if r := transcript(t, "git/"+name, &keeper{cred: c}, "git-credential-fob", "get"); r.code != 0 || r.stderr.Len() != 0 {
			t.Errorf("%s: exit status %d and %q, want 0 and silence", name, r.code, r.stderr.String())
		}
	}
}

func TestGitStoreTellsAllThatIsToBeKept(t *testing.T) {
	h := new(keeper)
	transcript(t, "git/store-whole", h, "git-credential-fob", "store")
	want := credhelper.Credential{
		Username: "ann", Secret: canary, Form: credhelper.Password, Refresh: "r-fob-canary-7f3a9c", Expiry: time.Unix(1893456000, 0), Mark: "kept", Verbatim: true,
	}
	if h.did != "store" || h.used != want || len(h.req.Refused) != 0 || h.req.Path != "team/repo.git" {
		t.Errorf("the handler was told %s of %+v for %v, want %+v", h.did, h.used, h.req, want)
	}
	for in, ephemeral := range map[string]bool{"": false, "ephemeral=0\n": false, "ephemeral=1\n": true, "ephemeral=true\n": true} {
		h := new(keeper)
		serve(h, "protocol=https\nhost=a.example\nauthtype=Negotiate\ncredential=fob-canary-7f3a9c\n"+in, nil, "fob", "git", "store")
		if h.used.Ephemeral != ephemeral || h.used.AuthType != "Negotiate" || h.used.Form != credhelper.Password {
			t.Errorf("%q: the handler was told %+v", in, h.used)
		}
	}
	for _, part := range []string{"", "username=ann\n", "password=fob-canary-7f3a9c\n", "credential=fob-canary-7f3a9c\n", "authtype=Basic\n"} {
		h := new(keeper)
		if r := serve(h, "protocol=https\nhost=a.example\n"+part, nil, "fob", "git", "store"); h.did != "" || r.code != 0 || r.stderr.Len() != 0 {
			t.Errorf("half a credential: the handler was told %q, exit status %d, want nothing and 0", h.did, r.code)
		}
	}
}

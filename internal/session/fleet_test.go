package session_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/redistest"
	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/internal/session"
)

const clientProfile = `issuer = "URL"
client_id = "c"
client_secret = { file = "DIR/secret" }
`

// member is another machine of a fleet: a home of its own, and the profile "system".
func member(t *testing.T, server *oauthtest.Server, profile string, keys fob.Secret) *session.Profile {
	t.Helper()
	s := user(t, server, profile+"store_keys = { file = \"DIR/keys\" }\n", map[string]fob.Secret{"keys": keys})
	t.Cleanup(func() { s.Close(context.Background()) })
	p, err := s.Profile("system")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func store(r *redistest.Server) string { return "store = \"" + r.URL() + "\"\n" }

func startOIDC(t *testing.T, change func(*oauthtest.Options)) *oauthtest.Server {
	t.Helper()
	o := oauthtest.OIDC(oauthtest.Client{ID: "c", Secret: clientSecret})
	if change != nil {
		change(&o)
	}
	server, err := oauthtest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

func TestMachinesWithOneStoreShareOneToken(t *testing.T) {
	server, r, keys := startOIDC(t, nil), redistest.Start(t, redistest.Options{}), redis.NewKey()
	var got [4]fob.Token
	var wg sync.WaitGroup
	for i := range got {
		p := member(t, server, clientProfile+store(r), keys)
		wg.Go(func() {
			var err error
			if got[i], err = p.Token(t.Context(), 0); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, tok := range got {
		if tok.Access != got[0].Access || tok.Access == "" {
			t.Error("two machines have tokens of their own")
		}
	}
	if n := server.Counts().Requests(); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}

func TestALogoutIsForAllMachines(t *testing.T) {
	server, r, keys := startOIDC(t, nil), redistest.Start(t, redistest.Options{}), redis.NewKey()
	one, other := member(t, server, clientProfile+store(r), keys), member(t, server, clientProfile+store(r), keys)
	if _, err := one.Token(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if revokeErr, err := other.Logout(t.Context()); revokeErr != nil || err != nil {
		t.Fatal(revokeErr, err)
	}
	if one.Elsewhere(t.Context()).Access != "" {
		t.Error("the token is still there")
	}
}

// TestARefreshTokenIsLeftToNobody: client credentials answered with one mint by credentials again.
func TestARefreshTokenIsLeftToNobody(t *testing.T) {
	server := startOIDC(t, func(o *oauthtest.Options) { o.RefreshForClient = true })
	r, keys := redistest.Start(t, redistest.Options{}), redis.NewKey()
	p := member(t, server, clientProfile+store(r), keys)
	for range 3 {
		tok, err := p.Renew(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if p.Elsewhere(t.Context()).Refresh != "" || tok.Access == "" {
			t.Error("a refresh token lies in the store")
		}
	}
	if n := server.Counts().Token["refresh_token"]; n != 0 {
		t.Errorf("%d refreshes, want none", n)
	}
}

// TestNothingIsOpenedBeforeATokenIsAsked: to list profiles runs no command that a secret comes from.
func TestNothingIsOpenedBeforeATokenIsAsked(t *testing.T) {
	server := startOIDC(t, nil)
	s := user(t, server, clientProfile+"store = \"redis://127.0.0.1:1\"\nstore_keys = { file = \"DIR/nowhere\" }\n", nil)
	p, err := s.Profile("system")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Routes().Profiles[0].Record; got != p.Key.Name() {
		t.Errorf("this process knows the record as %q, want %s", got, p.Key.Name())
	}
	var unread *config.SecretError
	for range 2 {
		_, err = p.Token(t.Context(), 0)
		if !errors.As(err, &unread) || unread.Key != "store_keys" {
			t.Errorf("got %v, want the file of store_keys named", err)
		}
	}
	if n := server.Counts().Requests(); n != 0 {
		t.Errorf("%d token requests, want none: each process would make its own", n)
	}
}

func TestTheIndexNamesNoRecordThatLiesElsewhere(t *testing.T) {
	server := startOIDC(t, nil)
	s := user(t, server, clientProfile+"store = \"redis://127.0.0.1:1\"\nstore_keys = { env = \"K\" }\n", nil)
	if err := s.SaveIndex(t.Context()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(paths.Index(s.State))
	if err != nil {
		t.Fatal(err)
	}
	index, err := route.Decode(data)
	if err != nil || index.Profiles[0].Name != "system" || index.Profiles[0].Record != "" {
		t.Errorf("fob-helper is told of a record that it cannot read: %v, error %v", index.Profiles, err)
	}
}

// TestASubjectIsSharedOnlyIfItSaysWhoItIs: pods of one account share, those of two do not, and a token that says nothing is nobody's.
func TestASubjectIsSharedOnlyIfItSaysWhoItIs(t *testing.T) {
	server := startOIDC(t, nil)
	name := func(subject fob.Secret) (string, error) {
		s := user(t, server, `token_endpoint = "URL/token"
subject_token = { file = "DIR/subject" }
store = "redis://127.0.0.1:1"
store_keys = { env = "K" }
`, map[string]fob.Secret{"subject": subject})
		p, err := s.Profile("system")
		if err != nil {
			return "", err
		}
		return p.Key.Name(), nil
	}
	names := make(map[string]string)
	for id, subject := range map[string]fob.Secret{"web": jwtOf("web", 1), "web again": jwtOf("web", 2), "db": jwtOf("db", 1)} {
		var err error
		if names[id], err = name(subject); err != nil {
			t.Fatal(err)
		}
	}
	if names["web"] != names["web again"] || names["web"] == names["db"] {
		t.Errorf("got %v, want one name for each account", names)
	}
	_, err := name("opaque-" + oauthtest.Canary)
	if want := "profile system: subject_token: no JWT that names its issuer and subject, without whom its token is not shared"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// jwtOf is a token of a service account, of which there are many.
func jwtOf(account string, n int) fob.Secret {
	claims := fmt.Sprintf(`{"iss":"https://k8s","sub":%q,"jti":"%d","x":%q}`, account, n, oauthtest.Canary)
	encode := base64.RawURLEncoding.EncodeToString
	return fob.Secret(encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(claims)) + "." + encode([]byte("s")))
}

// TestWhatIsAtOddsWithTheStoreIsNamed: and costs nobody a token.
func TestWhatIsAtOddsWithTheStoreIsNamed(t *testing.T) {
	const password = "pw-" + oauthtest.Canary
	r := redistest.Start(t, redistest.Options{Password: password, Config: []string{"user reader on >" + password + " ~fob:* resetchannels +@all -eval -evalsha"}})
	secure := redistest.Start(t, redistest.Options{TLS: true})
	gone := redistest.Start(t, redistest.Options{})
	gone.Kill()
	for key, tc := range map[string]struct{ url, reason string }{
		"store_password": {"redis://:wrong-" + oauthtest.Canary + "@" + r.Address(), "refuses user or password"},
		"store_ca_file":  {secure.URL(), "has a certificate of an unknown authority"},
		"store":          {gone.URL(), "cannot be reached"},
		"store (ACL)":    {"redis://reader:" + password + "@" + r.Address(), "denies the user the command eval"},
	} {
		t.Run(key, func(t *testing.T) {
			server := startOIDC(t, nil)
			p := member(t, server, clientProfile+"store = \""+tc.url+"\"\n", redis.NewKey())
			if _, err := p.Token(t.Context(), 0); err != nil {
				t.Errorf("no token: %v", err)
			}
			var trouble *session.StoreError
			want, _, _ := strings.Cut(key, " ")
			err := p.CheckStore(t.Context())
			for tries := 0; tries < 5 && err != nil && strings.Contains(err.Error(), "no answer in time"); tries++ { // the machine is busy, and nothing is proved
				err = p.CheckStore(t.Context())
			}
			if !errors.As(err, &trouble) || trouble.Key != want || !strings.Contains(trouble.Reason, tc.reason) {
				t.Errorf("got %v, want %s: … %s", err, want, tc.reason)
			} else if strings.Contains(err.Error(), "redis: ") || strings.Contains(err.Error(), oauthtest.Canary) {
				t.Error("the error names a field in place of the key, or a secret")
			}
		})
	}
}

func TestAStoresAuthorityIsTrustedByItsFile(t *testing.T) {
	server, r := startOIDC(t, nil), redistest.Start(t, redistest.Options{TLS: true, Password: "pw-" + oauthtest.Canary})
	p := member(t, server, clientProfile+"store = \"rediss://"+r.Address()+"\"\nstore_ca_file = \""+filepath.ToSlash(r.CAFile())+"\"\nstore_password = \"pw-"+oauthtest.Canary+"\"\n", redis.NewKey())
	if err := p.CheckStore(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCopiesOfAStoreLieWithTheState(t *testing.T) {
	server, r, keys := startOIDC(t, nil), redistest.Start(t, redistest.Options{}), redis.NewKey()
	s := user(t, server, clientProfile+store(r)+"store_keys = { file = \"DIR/keys\" }\n", map[string]fob.Secret{"keys": keys})
	p, err := s.Profile("system")
	if err == nil {
		_, err = p.Token(t.Context(), 0)
	}
	if err == nil {
		err = s.Close(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	copies, err := filepath.Glob(filepath.Join(s.State, "fleet", "*", p.Key.Name()+".rec"))
	if err != nil || len(copies) != 1 {
		t.Errorf("copies %v, %v, want one", copies, err)
	}
	if r.Kill(); p.Elsewhere(t.Context()).Access == "" {
		t.Error("without the server there is no token")
	}
	s.Close(t.Context())
}

// TestTheConfigurationAndTheStoreAgreeOnURLs: what the one lets pass the other opens, and what it refuses, the other would refuse too.
func TestTheConfigurationAndTheStoreAgreeOnURLs(t *testing.T) {
	dir, keys := t.TempDir(), redis.NewKey()
	file := filepath.Join(dir, "config.toml")
	for url, want := range map[string]bool{
		"redis://h": true, "rediss://u:p@h:1/2": true, "valkey://[::1]": true, "valkeys://h/": true, "redis://:p@localhost": true, "redis://u@h": true,
		"unix:///s": true, "unix:///s?db=1": true, "unix://u:p@/s": true,
		"": false, "h": false, "http://h": false, "redis:h": false, "redis://": false, "redis://:p@h": false, "redis://h/x": false, "redis://h/-1": false,
		"redis://h?db=1": false, "unix://s": false, "unix:": false, "unix:///s?db=x": false, "unix:///s?x=1": false, "redis://h:x": false,
	} {
		text := "[profile.p]\nissuer = \"https://h\"\nclient_id = \"c\"\nstore_keys = { env = \"K\" }\nstore = \"" + url + "\"\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, written := config.Load(config.Options{Environ: []string{"FOB_CONFIG=" + file}, System: dir + "/none"})
		_, opened := redis.Open(redis.Options{URL: url, Keys: keys})
		if written == nil != want || opened == nil != want {
			t.Errorf("%q: the configuration says %v, the store %v, want both to take it: %v", url, written, opened, want)
		}
	}
}

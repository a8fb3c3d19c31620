package session_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/session"
)

// jwt says whose it is. Its signature is nobody's.
func jwt(issuer, subject string, audience ...string) fob.Secret {
	b64 := base64.RawURLEncoding.EncodeToString
	payload := fmt.Sprintf(`{"iss":%q,"sub":%q,"aud":["%s"]}`, issuer, subject, strings.Join(audience, `","`))
	return fob.Secret(b64([]byte(`{"alg":"none"}`)) + "." + b64([]byte(payload)) + "." + b64([]byte(oauthtest.Canary)))
}

const cluster = "https://kubernetes.default.svc"

var (
	podA = jwt(cluster, "system:serviceaccount:a:builder", "registry")
	podB = jwt(cluster, "system:serviceaccount:b:builder", "registry")
)

func federation(t testing.TB) *oauthtest.Server {
	t.Helper()
	return oauthtest.New(t, oauthtest.Options{
		Clients:  []oauthtest.Client{{ID: "idp", Secret: clientSecret}},
		Subjects: map[fob.Secret]string{podA: "a", podB: "b"},
	})
}

const exchanging = `
	token_endpoint = "URL/oauth2/token"
	hosts = ["HOST"]
`

func mustOpen(t *testing.T, s *session.Session, name string, w session.Wish) *session.Profile {
	t.Helper()
	p, err := s.Profile(name)
	if err == nil {
		p, err = p.For(w)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustToken(t *testing.T, p *session.Profile) fob.Token {
	t.Helper()
	tok, err := p.Token(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func TestTwoServiceAccountsNeverShareAToken(t *testing.T) {
	srv := federation(t)
	s := user(t, srv, exchanging+`subject_token = { request = true }`, nil)
	for range 2 {
		for want, pod := range map[string]fob.Secret{"a": podA, "b": podB} {
			tok := mustToken(t, mustOpen(t, s, "system", session.Wish{Subject: pod}))
			if who := srv.Whose(tok.Access); who != want {
				t.Errorf("pod %s got the token of %s", want, who)
			}
		}
	}
	if n := srv.Counts().Requests(); n != 2 {
		t.Errorf("%d token requests for two pods that asked twice each, want 2", n)
	}
}

func TestProfileOfARequestsTokenNeedsOne(t *testing.T) {
	s := user(t, federation(t), exchanging+`subject_token = { request = true }`, nil)
	p, err := s.Profile("system")
	if err != nil || len(p.Hosts) != 1 {
		t.Fatalf("got %v, want a profile that knows its hosts", err)
	}
	for subject, want := range map[fob.Secret]error{
		"":              session.ErrNoSubject,
		"opaque":        session.ErrSubject,
		jwt("", "me"):   session.ErrSubject,
		podA[:20]:       session.ErrSubject,
		podA + ".again": session.ErrSubject,
	} {
		var named *session.ProfileError
		if _, err := p.For(session.Wish{Subject: subject}); !errors.Is(err, want) || !errors.As(err, &named) || fob.OutcomeOf(err) != fob.Local {
			t.Errorf("got %v, want %v of the profile, local", err, want)
		}
	}
	if _, err := p.Token(t.Context(), 0); !errors.Is(err, session.ErrNoSubject) {
		t.Errorf("without For: got %v, want %v", err, session.ErrNoSubject)
	}
	for _, r := range s.Routes().Profiles {
		if r.Record != "" {
			t.Error("the index names a record for a profile whose every request has another")
		}
	}
}

func TestAudienceIsTheRequestsToChoose(t *testing.T) {
	srv := federation(t)
	s := user(t, srv, exchanging+`
		client_id = "idp"
		client_secret = { file = "DIR/secret" }
		audience = "one"`, nil)
	one, err := s.Profile("system")
	if err != nil {
		t.Fatal(err)
	}
	for _, same := range []session.Wish{{}, {Audience: "one"}, {Subject: podA}} {
		if p, err := one.For(same); p != one || err != nil {
			t.Errorf("%v: got another profile, or %v, want the same", same, err)
		}
	}
	two := mustOpen(t, s, "system", session.Wish{Audience: "two"})
	if mustToken(t, one).Access == mustToken(t, two).Access || two.Key.Audience[0] != "two" {
		t.Error("two audiences share a token")
	}
	again := mustOpen(t, s, "system", session.Wish{Audience: "two"})
	if mustToken(t, again).Access != mustToken(t, two).Access {
		t.Error("one audience has two tokens")
	}
}

func TestAudienceOfATokenThatIsThereCannotBeChosen(t *testing.T) {
	srv := federation(t)
	for _, profile := range []string{`token = "x"`, exchanging + `refresh_token = "x"`} {
		p, err := user(t, srv, profile, nil).Profile("system")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.For(session.Wish{Audience: "two"}); !errors.Is(err, session.ErrAudience) || fob.OutcomeOf(err) != fob.Local {
			t.Errorf("got %v, want %v", err, session.ErrAudience)
		}
	}
}

func TestSubjectsAreFoundWhereTheyAre(t *testing.T) {
	srv := federation(t)
	for name, profile := range map[string]string{
		"file":  exchanging + `subject_token = { file = "DIR/pod" }`,
		"plain": exchanging + `subject_token = "` + string(podA) + `"`,
		"bearer": exchanging + `
			grant = "jwt_bearer"
			subject_token = { file = "DIR/pod" }`,
	} {
		s := user(t, srv, profile, map[string]fob.Secret{"pod": podA + "\n"})
		if who := srv.Whose(mustToken(t, mustOpen(t, s, "system", session.Wish{})).Access); who != "a" {
			t.Errorf("%s: got a token of %q, want a's", name, who)
		}
	}
}

func TestJobsOnOneMachineNeverShareAToken(t *testing.T) {
	srv := federation(t)
	names := make(map[string]bool)
	for _, job := range []fob.Secret{podA, podB} {
		s := user(t, srv, exchanging+`subject_token = { file = "DIR/pod" }`, map[string]fob.Secret{"pod": job})
		p := mustOpen(t, s, "system", session.Wish{})
		names[p.Key.Name()] = true
		if s.Routes().Profiles[0].Record != "" {
			t.Error("the index names the record of whoever ran fob first")
		}
	}
	if len(names) != 2 {
		t.Error("two subjects in one file's place share a record")
	}
}

func TestGitHubActionsVouches(t *testing.T) {
	srv := federation(t)
	runner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("audience") == "fob" && r.Header.Get("Authorization") == "Bearer job-"+oauthtest.Canary {
			fmt.Fprintf(w, `{"value":%q}`, string(podA))
		}
	}))
	defer runner.Close()
	s := user(t, srv, exchanging+`subject_token = { github_actions = "fob" }`, nil,
		"ACTIONS_ID_TOKEN_REQUEST_URL="+runner.URL+"/job/1?v=2", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=job-"+oauthtest.Canary)
	if who := srv.Whose(mustToken(t, mustOpen(t, s, "system", session.Wish{})).Access); who != "a" {
		t.Errorf("got a token of %q, want a's", who)
	}
	other := user(t, srv, exchanging+`subject_token = { github_actions = "fob" }`, nil, "ACTIONS_ID_TOKEN_REQUEST_URL="+runner.URL+"/job/2?v=2")
	if mustOpen(t, s, "system", session.Wish{}).Key.Name() == mustOpen(t, other, "system", session.Wish{}).Key.Name() {
		t.Error("two jobs share a record")
	}
}

const chain = exchanging + `subject_token = { profile = "idp" }
	[profile.idp]
	ca_file = "DIR/ca.pem"
	token_endpoint = "URL/oauth2/token"
	client_id = "idp"
	client_secret = { file = "DIR/secret" }
`

func TestOneProfilesTokenIsGivenForAnothers(t *testing.T) {
	srv := federation(t)
	s := user(t, srv, chain, nil)
	p := mustOpen(t, s, "system", session.Wish{})
	if who := srv.Whose(mustToken(t, p).Access); who != "idp" {
		t.Errorf("got a token of %q, want idp's", who)
	}
	if _, err := p.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := srv.Counts().Token
	if n["client_credentials"] != 1 || n["urn:ietf:params:oauth:grant-type:token-exchange"] != 2 {
		t.Errorf("got requests %v, want 1 for idp and 2 exchanges", n)
	}
	if s.Routes().Profiles[1].Record == "" {
		t.Error("the index has no record for a profile that is the same for all")
	}
}

func TestErrorOfAChainNamesTheProfileThatFailed(t *testing.T) {
	srv := federation(t)
	s := user(t, srv, strings.Replace(chain, `client_id = "idp"`, `client_id = "stranger"`, 1), nil)
	_, err := mustOpen(t, s, "system", session.Wish{}).Token(t.Context(), 0)
	var named *session.ProfileError
	if !errors.As(err, &named) || named.Name != "idp" {
		t.Errorf("got %v, want it to name idp", err)
	}
	noID := strings.Replace(chain, `profile = "idp"`, `profile = "idp", token = "id"`, 1)
	_, err = mustOpen(t, user(t, srv, noID, nil), "system", session.Wish{}).Token(t.Context(), 0)
	if want := "profile idp: its token came without an ID token"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func FuzzClaims(f *testing.F) {
	f.Add(string(podA))
	f.Add("a.e30.c")
	f.Add("..")
	s := user(f, federation(f), "token_endpoint = \"https://as.example\"\nsubject_token = { request = true }", nil)
	p, err := s.Profile("system")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, token string) {
		q, err := p.For(session.Wish{Subject: fob.Secret(token)})
		if (err == nil) != (q != nil) || err != nil && !errors.Is(err, session.ErrSubject) && !errors.Is(err, session.ErrNoSubject) {
			t.Errorf("got %v, want a profile, ErrSubject or ErrNoSubject", err)
		}
	})
}

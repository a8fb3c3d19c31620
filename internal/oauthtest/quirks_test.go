package oauthtest

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/fobkit/fob"
)

func TestConductorOne(t *testing.T) {
	const id = "lucky-panda-12345@acme.conductor.one:8443/pcc"
	pub, key, _ := ed25519.GenerateKey(nil)
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s := New(t, ConductorOne(Client{ID: id, Secret: secret, Key: pub}))
	nonce := func(n string) map[jose.HeaderKey]any { return map[jose.HeaderKey]any{"nonce": n} }
	n := func(last string) map[jose.HeaderKey]any { return nonce(strings.Repeat("0f", 15) + last) }
	claims := func(name string, value any) map[string]any {
		c := map[string]any{"iss": id, "sub": id, "aud": []string{"acme.conductor.one"}, "exp": time.Now().Unix() + 120, "nbf": time.Now().Unix() - 120}
		c[name] = value
		return c
	}
	signed := func(header map[jose.HeaderKey]any, c map[string]any) url.Values {
		form := assertion(t, "EdDSA", key, header, c)
		form.Set("client_id", id)
		return form
	}
	refused := func(name string, form url.Values) trial {
		return trial{name: name, form: form, status: 401, code: "invalid_client"}
	}
	run(t, s, []trial{
		{name: "assertion", form: signed(n("00"), claims("x", 1)), status: 200},
		{name: "id and secret in the body", form: values("client_id", id, "client_secret", string(secret)), status: 200},
		refused("nonce again", signed(n("00"), claims("x", 1))),
		refused("no nonce", signed(nil, claims("jti", "x"))),
		refused("short nonce", signed(nonce("0f"), claims("x", 1))),
		refused("nonce not hex", signed(nonce(strings.Repeat("zz", 16)), claims("x", 1))),
		refused("audience as a string", signed(n("01"), claims("aud", "acme.conductor.one"))),
		refused("audience with port", signed(n("02"), claims("aud", []string{"acme.conductor.one:8443"}))),
		refused("audience a URL", signed(n("03"), claims("aud", []string{"https://acme.conductor.one"}))),
		refused("two audiences", signed(n("04"), claims("aud", []string{"acme.conductor.one", "x"}))),
		refused("no audience", signed(n("05"), claims("aud", nil))),
		refused("six minutes", signed(n("06"), claims("exp", time.Now().Unix()+360))),
		refused("ES256", assertion(t, "ES256", ec, n("07"), claims("x", 1))),
		{name: "another client id beside it", form: values("client_id", "x", "client_assertion_type", assertionType,
			"client_assertion", signed(n("08"), claims("x", 1)).Get("client_assertion")), status: 400, code: "invalid_request"},
		{name: "credentials in a header", header: basic(url.QueryEscape(id), string(secret)), form: url.Values{}, status: 401, code: "invalid_client"},
	})
}

func TestConductorOneAPIAnswersWithASecret(t *testing.T) {
	s := New(t, ConductorOne())
	get := func(access fob.Secret) (int, string) {
		req, _ := http.NewRequest("GET", s.APIURL()+"/v1/apps/a/connectors/b/credentials/c", nil)
		req.Header.Set("Authorization", "Bearer "+string(access))
		resp, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body)
	}
	status, body := get(s.Issue("x").Access)
	if status != 200 || !strings.Contains(body, `"clientSecret":"`) || !strings.Contains(body, Canary) {
		t.Errorf("status %d, want 200 and a clientSecret with the canary", status)
	}
	status, body = get("x")
	if status != 401 || strings.Contains(body, Canary) {
		t.Errorf("status %d, want 401 without the canary", status)
	}
}

func TestTokenOS(t *testing.T) {
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	pub, ed, _ := ed25519.GenerateKey(nil)
	s := New(t, TokenOS(Client{ID: "c", Secret: secret, Key: ec.Public()}, Client{ID: "ed", Key: pub}))
	claims := map[string]any{"iss": "c", "sub": "c", "aud": s.TokenURL(), "exp": time.Now().Unix() + 60, "jti": "1"}
	edClaims := maps.Clone(claims)
	edClaims["iss"], edClaims["sub"] = "ed", "ed"
	run(t, s, []trial{
		{name: "basic", header: basic("c", string(secret)), form: values("scope", "read"), status: 200},
		{name: "body", form: values("client_id", "c", "client_secret", string(secret), "scope", "read"), status: 200},
		{name: "ES256", form: assertion(t, "ES256", ec, nil, claims), status: 200},
		{name: "EdDSA", form: assertion(t, "EdDSA", ed, nil, edClaims), status: 401, code: "invalid_client"},
		{name: "http", plain: true, header: basic("c", string(secret)), form: url.Values{}, status: 400, code: "invalid_request"},
	})
}

func TestAndOpen(t *testing.T) {
	s := New(t, AndOpen("acme", "key-"+Canary, Client{ID: "c", Secret: secret}))
	keyed := http.Header{"X-Api-Key": {"key-" + Canary}}
	mint := `{"grant_type":"client_credentials","client_id":"c","client_secret":"` + string(secret) + `","tenant":"acme"}`
	tok := trial{header: keyed, kind: "application/json", body: mint}.send(t, s)
	if scope, there := tok.Members["scope"]; scope != nil || !there || tok.Members["token_type"] != "bearer" {
		t.Errorf("scope %v, token_type %v; want null and bearer", scope, tok.Members["token_type"])
	}
	refresh := `{"grant_type":"refresh_token","refresh_token":"` + string(tok.Refresh) + `","tenant":"acme"}`
	change := strings.NewReplacer
	trials := []trial{
		{name: "mint", body: mint, status: 200},
		{name: "refresh without client", body: refresh, status: 200},
		{name: "refresh, wrong secret", body: change(`{`, `{"client_id":"c","client_secret":"x",`).Replace(refresh), status: 401, code: "invalid_client"},
		{name: "refresh, another tenant", body: change("acme", "x").Replace(refresh), status: 400, code: "invalid_request"},
		{name: "no tenant", body: change(`,"tenant":"acme"`, "").Replace(mint), status: 400, code: "invalid_request"},
		{name: "member no string", body: change(`"acme"`, `7`).Replace(mint), status: 400, code: "invalid_request"},
		{name: "not JSON", body: "{", status: 400, code: "invalid_request"},
		{name: "no key", header: http.Header{}, body: mint, status: 403, code: "access_denied"},
		{name: "wrong key", header: http.Header{"X-Api-Key": {"x"}}, body: mint, status: 403, code: "access_denied"},
		{name: "form", kind: "application/x-www-form-urlencoded", form: values("client_id", "c", "client_secret", string(secret), "tenant", "acme"), status: 400, code: "invalid_request"},
	}
	for i := range trials {
		if trials[i].header == nil {
			trials[i].header = keyed
		}
		if trials[i].kind == "" {
			trials[i].kind = "application/json"
		}
	}
	run(t, s, trials)

	for _, c := range []struct {
		without string
		want    int
	}{{"", 200}, {"x-api-key", 403}, {"x-andopen-tenant", 403}, {"Authorization", 401}} {
		req, _ := http.NewRequest("GET", s.APIURL(), nil)
		req.URL.Path += "/gifts"
		req.Header.Set("x-api-key", "key-"+Canary)
		req.Header.Set("x-andopen-tenant", "acme")
		req.Header.Set("Authorization", "Bearer "+string(tok.Access))
		req.Header.Del(c.without)
		wantStatus(t, "API without "+c.without, send(t, s, req).Status, c.want)
	}
}

func TestBlynk(t *testing.T) {
	s := New(t, Blynk(Client{ID: "c", Secret: secret}))
	all := "?grant_type=client_credentials&client_id=c&client_secret=" + url.QueryEscape(string(secret))
	tok := trial{query: all}.send(t, s)
	if tok.Members["expires_in"] != 300.0 {
		t.Errorf("expires_in %v, want 300", tok.Members["expires_in"])
	}
	run(t, s, []trial{
		{name: "basic", query: "?grant_type=client_credentials", header: basic("c", string(secret)), status: 200},
		{name: "query", query: all, status: 200},
		{name: "wrong secret", query: all + "x", status: 401, code: "invalid_client"},
		{name: "no grant type", header: basic("c", string(secret)), status: 400, code: "invalid_request"},
		{name: "body", form: values("client_id", "c", "client_secret", string(secret)), status: 400, code: "invalid_request"},
		{name: "body beside the query", query: all, body: "x=y", status: 400, code: "invalid_request"},
		{name: "refresh", query: "?grant_type=refresh_token&refresh_token=" + string(tok.Refresh), header: basic("c", string(secret)), status: 200},
		{name: "refresh again", query: "?grant_type=refresh_token&refresh_token=" + string(tok.Refresh), header: basic("c", string(secret)), status: 400, code: "invalid_grant"},
	})
}

func TestTokenAnswersOfEveryKind(t *testing.T) {
	s := New(t, Options{Clients: []Client{plain}})
	cases := []struct {
		name   string
		change func(*Options)
		member string
		want   string // its JSON; empty: absent
	}{
		{"number", func(*Options) {}, "expires_in", `3600`},
		{"float", func(o *Options) { o.ExpiresIn = AsFloat }, "expires_in", `3600.0`},
		{"string", func(o *Options) { o.ExpiresIn = AsString }, "expires_in", `"3600"`},
		{"absent", func(o *Options) { o.ExpiresIn = Absent }, "expires_in", ``},
		{"for ever", func(o *Options) { o.Life, o.ExpiresIn = -1, AsNumber }, "expires_in", ``},
		{"null", func(o *Options) { o.Members = map[string]any{"scope": nil} }, "scope", `null`},
		{"array", func(o *Options) { o.Members = map[string]any{"scope": []string{"a"}} }, "scope", `["a"]`},
		{"own tokens", func(o *Options) { o.Token = func(kind string) string { return "my-" + kind } }, "access_token", `"my-access"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s.Change(c.change)
			resp, err := post(s, "")
			if err != nil {
				t.Fatal("no answer")
			}
			defer resp.Body.Close()
			var members map[string]json.RawMessage
			if err := json.NewDecoder(resp.Body).Decode(&members); err != nil || string(members[c.member]) != c.want {
				t.Errorf("%s is %s, want %s", c.member, members[c.member], c.want)
			}
		})
	}
	s.Change(func(o *Options) { o.FormReply = true })
	resp, err := post(s, "")
	if err != nil {
		t.Fatal("no answer")
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if form, err := url.ParseQuery(string(body)); err != nil || form.Get("access_token") != "my-access" {
		t.Error("no access_token in the form-encoded answer")
	}
}

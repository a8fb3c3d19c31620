package oauthtest

import (
	"crypto/ed25519"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/fobkit/fob"
)

// trial is one token request and what must become of it.
type trial struct {
	name         string
	query        string
	header       http.Header
	form         url.Values // sent form-encoded, unless body is set
	body         string
	kind         string // Content-Type; zero: form
	status       int
	code         string // of the refusal
	plain        bool   // over http
	withoutGrant bool
}

func (c trial) send(t *testing.T, s *Server) answer {
	t.Helper()
	form := maps.Clone(c.form)
	if form != nil && !c.withoutGrant && !form.Has("grant_type") {
		form.Set("grant_type", "client_credentials")
	}
	body, kind, base := c.body, c.kind, s.TokenURL()
	if form != nil {
		body = form.Encode()
	}
	if kind == "" && body != "" {
		kind = "application/x-www-form-urlencoded"
	}
	if c.plain {
		base = strings.Replace(base, s.URL, s.PlainURL, 1)
	}
	req, err := http.NewRequestWithContext(t.Context(), "POST", base+c.query, strings.NewReader(body))
	if err != nil {
		t.Fatal("bad URL in the table")
	}
	maps.Copy(req.Header, c.header)
	req.Header.Set("Content-Type", kind)
	return send(t, s, req)
}

func run(t *testing.T, s *Server, trials []trial) {
	t.Helper()
	for _, c := range trials {
		t.Run(c.name, func(t *testing.T) {
			got := c.send(t, s)
			code, _ := got.Members["error"].(string)
			if got.Status != c.status || code != c.code {
				t.Errorf("status %d %q, want %d %q", got.Status, code, c.status, c.code)
			}
			if ok := got.Access != ""; ok != (c.status == 200) {
				t.Errorf("access token in the answer: %v, with status %d", ok, got.Status)
			}
		})
	}
}

func basic(id, secret string) http.Header {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(id, secret)
	return r.Header
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func TestClientAuthentication(t *testing.T) {
	const odd = "i:d%41+ é"
	oddSecret := "s:%2F+ é" + Canary
	s := New(t, Options{Encodings: []Encoding{Form}, Clients: []Client{
		{ID: "c", Secret: secret, Scopes: []string{"read"}, Grants: []string{"client_credentials"}},
		{ID: odd, Secret: fob.Secret(oddSecret), Auth: []Auth{Basic}},
		{ID: "raw", Secret: fob.Secret(oddSecret), Auth: []Auth{BasicRaw}},
		{ID: "public", Auth: []Auth{None}},
		{ID: "nosecret", Auth: []Auth{Params}},
	}})
	enc := url.QueryEscape
	run(t, s, []trial{
		{name: "params", form: values("client_id", "c", "client_secret", string(secret)), status: 200},
		{name: "params, wrong secret", form: values("client_id", "c", "client_secret", "x"), status: 401, code: "invalid_client"},
		{name: "params, unknown client", form: values("client_id", "d", "client_secret", "x"), status: 401, code: "invalid_client"},
		{name: "params of a basic client", form: values("client_id", odd, "client_secret", oddSecret), status: 401, code: "invalid_client"},
		{name: "empty secret is none", form: values("client_id", "nosecret", "client_secret", ""), status: 401, code: "invalid_client"},
		{name: "basic", header: basic("c", string(secret)), form: url.Values{}, status: 200},
		{name: "basic, encoded", header: basic(enc(odd), enc(oddSecret)), form: url.Values{}, status: 200},
		{name: "basic, not encoded", header: basic("c", "100%"), form: url.Values{}, status: 400, code: "invalid_request"},
		{name: "raw", header: basic("raw", oddSecret), form: url.Values{}, status: 200},
		{name: "raw, encoded", header: basic("raw", enc(oddSecret)), form: url.Values{}, status: 401, code: "invalid_client"},
		{name: "another scheme", header: http.Header{"Authorization": {"Bearer x"}}, form: url.Values{}, status: 401, code: "invalid_client"},
		{name: "two at once", header: basic("c", string(secret)), form: values("client_secret", string(secret)), status: 400, code: "invalid_request"},
		{name: "two ids", header: basic("c", string(secret)), form: values("client_id", "d"), status: 400, code: "invalid_request"},
		{name: "public", form: values("client_id", "public"), status: 200},
		{name: "confidential client without secret", form: values("client_id", "c"), status: 401, code: "invalid_client"},
		{name: "nobody", form: url.Values{}, status: 401, code: "invalid_client"},
		{name: "no grant type", form: values("client_id", "public"), withoutGrant: true, status: 400, code: "invalid_request"},
		{name: "unknown grant type", form: values("client_id", "public", "grant_type", "x"), status: 400, code: "unsupported_grant_type"},
		{name: "grant type not for this client", form: values("client_id", "c", "client_secret", string(secret), "grant_type", "refresh_token"), status: 400, code: "unauthorized_client"},
		{name: "scope", form: values("client_id", "c", "client_secret", string(secret), "scope", "read"), status: 200},
		{name: "scope too wide", form: values("client_id", "c", "client_secret", string(secret), "scope", "read write"), status: 400, code: "invalid_scope"},
		{name: "parameter twice", form: values("client_id", "public", "scope", "a", "scope", "b"), status: 400, code: "invalid_request"},
		{name: "resource twice", form: values("client_id", "public", "resource", "a", "resource", "b"), status: 200},
		{name: "in the query", query: "?grant_type=client_credentials&client_id=public", status: 400, code: "invalid_request"},
		{name: "JSON", kind: "application/json", body: `{"grant_type":"client_credentials","client_id":"public"}`, status: 400, code: "invalid_request"},
	})
}

func TestParametersComeFromOnePlace(t *testing.T) {
	s := New(t, Options{Encodings: []Encoding{Form, Query}, Clients: []Client{{ID: "public", Auth: []Auth{None}}}})
	run(t, s, []trial{
		{name: "form", form: values("client_id", "public"), status: 200},
		{name: "query", query: "?grant_type=client_credentials&client_id=public", status: 200},
		{name: "both", query: "?client_id=public", form: values("client_id", "public"), status: 400, code: "invalid_request"},
	})
}

func TestClientAssertion(t *testing.T) {
	pub, key, _ := ed25519.GenerateKey(nil)
	_, other, _ := ed25519.GenerateKey(nil)
	shared := fob.Secret(strings.Repeat("s", 32) + Canary)
	s := New(t, Options{Clients: []Client{
		{ID: "pk", Key: pub, Auth: []Auth{PrivateKeyJWT}},
		{ID: "jwk", Key: jose.JSONWebKey{Key: pub}, Auth: []Auth{PrivateKeyJWT}},
		{ID: "hs", Secret: shared, Key: pub, Auth: []Auth{SecretJWT}},
	}})
	good := func(id string) map[string]any {
		return map[string]any{"iss": id, "sub": id, "aud": s.TokenURL(), "exp": time.Now().Unix() + 60, "jti": id}
	}
	jti := 0
	but := func(name string, value any) map[string]any {
		c := good("pk")
		jti++
		c["jti"] = strconv.Itoa(jti) // never refused for being used before
		c[name] = value
		return c
	}
	pk := func(c map[string]any) url.Values { return assertion(t, "EdDSA", key, nil, c) }
	once := pk(good("pk"))
	twoWays := pk(but("x", 1))
	twoWays.Set("client_secret", "x")
	refused := func(name string, form url.Values) trial {
		return trial{name: name, form: form, status: 401, code: "invalid_client"}
	}
	run(t, s, []trial{
		{name: "good", form: once, status: 200},
		refused("the same again", once),
		refused("jti again", pk(good("pk"))),
		{name: "JWK", form: assertion(t, "EdDSA", key, nil, good("jwk")), status: 200},
		{name: "issuer in an array as audience", form: pk(but("aud", []string{s.Issuer()})), status: 200},
		{name: "shared secret", form: assertion(t, "HS256", []byte(shared), nil, good("hs")), status: 200},
		refused("wrong shared secret", assertion(t, "HS256", []byte(strings.Repeat("x", 32)), nil, good("hs"))),
		refused("key of a client that has to use its secret", assertion(t, "EdDSA", key, nil, good("hs"))),
		refused("wrong key", assertion(t, "EdDSA", other, nil, but("x", 1))),
		refused("public key as shared secret", assertion(t, "HS256", []byte(pub), nil, but("x", 1))),
		refused("not a JWT", values("client_assertion_type", assertionType, "client_assertion", "x")),
		refused("unknown client", pk(but("sub", "nobody"))),
		refused("iss", pk(but("iss", "jwk"))),
		refused("aud", pk(but("aud", "https://other.example"))),
		refused("no aud", pk(but("aud", nil))),
		refused("expired", pk(but("exp", time.Now().Unix()-1))),
		refused("no exp", pk(but("exp", nil))),
		refused("exp too far off", pk(but("exp", time.Now().Unix()+7200))),
		refused("not yet", pk(but("nbf", time.Now().Unix()+30))),
		refused("no jti", pk(but("jti", ""))),
		{name: "type", form: values("client_assertion", "x"), status: 400, code: "invalid_request"},
		{name: "secret too", form: twoWays, status: 400, code: "invalid_request"},
	})
}

// assertion is a form with claims signed by key.
func assertion(t *testing.T, alg string, key any, header map[jose.HeaderKey]any, claims map[string]any) url.Values {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: key}, &jose.SignerOptions{ExtraHeaders: header})
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return values("client_assertion_type", assertionType, "client_assertion", text)
}

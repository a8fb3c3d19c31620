package oauth_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/oauth"
)

// claimsOf verifies the assertion and returns what it says.
func claimsOf(t *testing.T, jws *jose.JSONWebSignature, key any) map[string]any {
	t.Helper()
	payload, err := jws.Verify(key)
	if err != nil {
		t.Fatalf("signature: %v", err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestConductorOneAssertionIsExactlyCones(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const id = "lucky-panda-12345@acme.conductor.one:8443/pcc"
		uri, public := secretToken()
		for _, endpoint := range []string{"", "https://elsewhere.example.com/token"} {
			sys, err := oauth.Settings{Provider: "conductorone", ClientID: id, ClientSecret: uri, TokenURL: endpoint}.Open()
			if err != nil {
				t.Fatal(err)
			}
			r := request(t, renamed{sys.Client.Auth, id})
			if r.Params.Get("client_id") != id || len(r.Header) != 0 || r.Params.Has("client_secret") {
				t.Errorf("client_id, no header and no secret are wanted; header has %d members", len(r.Header))
			}
			jws := must(jose.ParseSignedCompact(r.Params.Get("client_assertion"), everyAlg))
			now := float64(time.Now().Unix())
			want := map[string]any{"iss": id, "sub": id, "aud": []any{"acme.conductor.one"}, "iat": now, "nbf": now - 120, "exp": now + 120}
			if got := claimsOf(t, jws, public); !reflect.DeepEqual(got, want) {
				t.Errorf("got claims %v, want %v", got, want)
			}
			header := jws.Signatures[0].Header
			if len(header.Nonce) != 32 || strings.Trim(header.Nonce, "0123456789abcdef") != "" || header.KeyID != "" || len(header.ExtraHeaders) != 0 {
				t.Errorf("got header %+v, want alg and a nonce of 32 hex digits", header)
			}
		}
	})
}

// renamed gives an auth's request another client id.
type renamed struct {
	oauth.ClientAuth
	id string
}

func (a renamed) Prepare(ctx ctx) (func(*oauth.Request) error, error) {
	write, err := a.ClientAuth.Prepare(ctx)
	return func(r *oauth.Request) error { r.Client = a.id; return write(r) }, err
}

func TestAssertionSaysWhatItIsTold(t *testing.T) {
	const key = fob.Secret("0123456789-0123456789-0123456789-fob-canary-7f3a9c-0123456789-0123456789")
	const now = 946684800.0 // when synctest's clocks start: midnight UTC 2000-01-01
	tests := []struct {
		name string
		a    oauth.Assertion
		want map[string]any // jti apart
		jti  bool
	}{
		{"zero", oauth.Assertion{}, map[string]any{"aud": "https://login.example.com/token", "exp": now + 60}, true},
		{"one audience", oauth.Assertion{Audience: []string{"a"}}, map[string]any{"aud": "a", "exp": now + 60}, true},
		{"one audience as a list", oauth.Assertion{Audience: []string{"a"}, List: true}, map[string]any{"aud": []any{"a"}, "exp": now + 60}, true},
		{"two audiences", oauth.Assertion{Audience: []string{"a", "b"}}, map[string]any{"aud": []any{"a", "b"}, "exp": now + 60}, true},
		{"times and no jti", oauth.Assertion{Lifetime: 5 * time.Minute, Backdate: time.Minute, JTI: new(false)},
			map[string]any{"aud": "https://login.example.com/token", "exp": now + 300, "nbf": now - 60}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				claims := claimsOf(t, assertionOf(t, oauth.ClientSecretJWT{Secret: key, Assertion: tt.a}), []byte(key))
				tt.want["iss"], tt.want["sub"], tt.want["iat"] = "client", "client", now
				if jti, ok := claims["jti"].(string); ok != tt.jti || ok && len(jti) != 32 {
					t.Errorf("jti %q, want one: %v", jti, tt.jti)
				}
				delete(claims, "jti")
				if !reflect.DeepEqual(claims, tt.want) {
					t.Errorf("got %v, want %v", claims, tt.want)
				}
			})
		})
	}
}

func TestAssertionHeaderIsExtensible(t *testing.T) {
	auth := oauth.PrivateKeyJWT{
		Key: oauth.KeyText{Text: ecKey(t)}, KeyID: "k7",
		Assertion: oauth.Assertion{Header: map[string]any{"typ": "client-authentication+jwt"}},
	}
	h := assertionOf(t, auth).Signatures[0].Header
	if h.KeyID != "k7" || h.ExtraHeaders[jose.HeaderType] != "client-authentication+jwt" || h.Nonce != "" {
		t.Errorf("got %+v, want kid k7, the typ and no nonce", h)
	}
}

func TestAssertionNamesTheIssuerWhereItIsKnown(t *testing.T) {
	const key = fob.Secret("0123456789-0123456789-fob-canary-7f3a9c")
	w := new(wire)
	c := &oauth.Client{Issuer: "https://issuer.example.com", TokenURL: "https://login.example.com/t", Transport: w, Auth: oauth.ClientSecretJWT{Secret: key}}
	if _, err := (oauth.ClientCredentials{Client: c}).Mint(t.Context(), fob.Token{}); err != nil {
		t.Fatal(err)
	}
	claims := claimsOf(t, must(jose.ParseSignedCompact(formOf(w.forms[0]).Get("client_assertion"), everyAlg)), []byte(key))
	if claims["aud"] != c.Issuer {
		t.Errorf("aud %v, want %s", claims["aud"], c.Issuer)
	}
}

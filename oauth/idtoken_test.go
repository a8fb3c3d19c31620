package oauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/oauth"
	"github.com/go-jose/go-jose/v4"
)

// signWith signs claims with a key of our own.
func signWith(t *testing.T, alg jose.SignatureAlgorithm, key any, kid string) func(map[string]any) string {
	return func(claims map[string]any) string {
		opts := new(jose.SignerOptions)
		if kid != "" {
			opts.WithHeader("kid", kid)
		}
		signer := must(jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, opts))
		return must(must(signer.Sign(must(json.Marshal(claims)))).CompactSerialize())
	}
}

// unsigned has the algorithm none.
func unsigned(claims map[string]any) string {
	b64 := base64.RawURLEncoding.EncodeToString
	return b64([]byte(`{"alg":"none"}`)) + "." + b64(must(json.Marshal(claims))) + "."
}

// logInBy logs in by device at a server with that person, whose key set is keys; nil: its own.
func logInBy(t *testing.T, person oauthtest.Person, keys any) (tok fob.Token, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := oauthtest.NewInMemory(t, oauthtest.Options{Clients: []oauthtest.Client{public}, Person: person})
		if keys != nil {
			s.Fault(oauthtest.Fault{Path: "/oauth2/keys", Times: -1, Answer: &oauthtest.Answer{Body: string(must(json.Marshal(keys)))}})
		}
		tok, err = personAt(s, "openid").Poll(t.Context(), func(oauth.DeviceCode) {})
	})
	return tok, err
}

func TestIDTokenIsValidated(t *testing.T) {
	rsaKey, other := must(rsa.GenerateKey(rand.Reader, 2048)), must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	rsaSet := map[string]any{"keys": []any{jose.JSONWebKey{Key: rsaKey.Public(), KeyID: "r1", Use: "sig"}}}
	claims := func(name string, value any) oauthtest.Person {
		return oauthtest.Person{Claims: func(c map[string]any) {
			if c[name] = value; value == nil {
				delete(c, name)
			}
		}}
	}
	many := func(azp any) oauthtest.Person {
		return oauthtest.Person{Claims: func(c map[string]any) { c["aud"], c["azp"] = []string{"other", "cli"}, azp }}
	}
	ending := func(d time.Duration) func(c map[string]any) {
		return func(c map[string]any) { c["exp"] = time.Now().Add(d).Unix() }
	}
	symmetric := map[string]any{"keys": []any{map[string]string{"kty": "oct", "kid": "h1", "k": base64.RawURLEncoding.EncodeToString([]byte("a-key-of-32-bytes-that-all-can-see"))}}}
	tests := []struct {
		name   string
		person oauthtest.Person
		keys   any
		want   string // empty: it is good
	}{
		{"good", oauthtest.Person{}, nil, ""},
		{"RS256", oauthtest.Person{Sign: signWith(t, jose.RS256, rsaKey, "r1")}, rsaSet, ""},
		{"PS256 without kid", oauthtest.Person{Sign: signWith(t, jose.PS256, rsaKey, "")}, rsaSet, ""},
		{"audience a list of one", claims("aud", []string{"cli"}), nil, ""},
		{"audience a list, azp us", many("cli"), nil, ""},
		{"expired within the leeway", oauthtest.Person{Claims: ending(-30 * time.Second)}, nil, ""},

		{"forged", oauthtest.Person{Sign: signWith(t, jose.ES256, other, "")}, nil, "ID token is not signed by a key of the issuer"},
		{"forged under a kid of ours", oauthtest.Person{Sign: signWith(t, jose.RS256, must(rsa.GenerateKey(rand.Reader, 2048)), "r1")}, rsaSet, "ID token is not signed by a key of the issuer"},
		{"kid that nobody knows", oauthtest.Person{Sign: signWith(t, jose.RS256, rsaKey, "r2")}, rsaSet, "ID token is not signed by a key of the issuer"},
		{"alg none", oauthtest.Person{Sign: unsigned}, nil, "ID token is no JWT signed with an algorithm that is allowed"},
		{"HS256 by the public RSA key", oauthtest.Person{Sign: signWith(t, jose.HS256, rsaKey.N.Bytes(), "r1")}, rsaSet, "ID token is no JWT signed with an algorithm that is allowed"},
		{"HS256 by a secret that is published", oauthtest.Person{Sign: signWith(t, jose.HS256, []byte("a-key-of-32-bytes-that-all-can-see"), "h1")}, symmetric, "ID token is no JWT signed with an algorithm that is allowed"},
		{"a key for encryption", oauthtest.Person{Sign: signWith(t, jose.RS256, rsaKey, "r1")}, map[string]any{"keys": []any{jose.JSONWebKey{Key: rsaKey.Public(), KeyID: "r1", Use: "enc"}}}, "ID token is not signed by a key of the issuer"},
		{"a key for another algorithm", oauthtest.Person{Sign: signWith(t, jose.PS256, rsaKey, "r1")}, map[string]any{"keys": []any{jose.JSONWebKey{Key: rsaKey.Public(), KeyID: "r1", Algorithm: "RS256"}}}, "ID token is not signed by a key of the issuer"},
		{"no JWT", oauthtest.Person{Sign: func(map[string]any) string { return "opaque" }}, nil, "ID token is no JWT signed with an algorithm that is allowed"},
		{"too long", claims("pad", strings.Repeat("x", 64<<10)), nil, "ID token is longer than 64 KiB"},
		{"no object", oauthtest.Person{Sign: func(map[string]any) string { return "e30.W10.c2ln" }}, nil, "ID token is no JWT signed with an algorithm that is allowed"},

		{"another issuer", claims("iss", "https://evil.example"), nil, "ID token is of another issuer"},
		{"no issuer", claims("iss", nil), nil, "ID token is of another issuer"},
		{"no subject", claims("sub", nil), nil, "ID token names no subject"},
		{"another audience", claims("aud", "other"), nil, "ID token is for another client"},
		{"no audience", claims("aud", nil), nil, "ID token is for another client"},
		{"audience a list without azp", many(nil), nil, "ID token is for another client"},
		{"audience a list, azp another", many("other"), nil, "ID token is for another client"},
		{"azp another", claims("azp", "other"), nil, "ID token is for another client"},
		{"expired", oauthtest.Person{Claims: ending(-61 * time.Second)}, nil, "ID token has expired"},
		{"never expires", claims("exp", nil), nil, "ID token has expired"},
		{"expires in no time at all", claims("exp", -1), nil, "ID token has expired"},
		{"expiry that is no number", claims("exp", "tomorrow"), nil, "ID token is no JWT signed with an algorithm that is allowed"},
		{"issued in the future", claims("iat", 1e12), nil, "ID token is not valid yet"},
		{"not valid yet", claims("nbf", 1e300), nil, "ID token is not valid yet"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tok, err := logInBy(t, tt.person, tt.keys)
			var e *oauth.Error
			switch {
			case tt.want == "" && (err != nil || tok.ID == ""):
				t.Errorf("got %v, want it taken", err)
			case tt.want != "" && (!errors.As(err, &e) || e.Problem != tt.want || tok.Access != ""):
				t.Errorf("got %v, want %s, and no token", err, tt.want)
			}
		})
	}
}

// TestIDTokenIsTimedByItsServersClock: who is right does not matter, as long as they are at one.
func TestIDTokenIsTimedByItsServersClock(t *testing.T) {
	for _, ahead := range []time.Duration{-24 * time.Hour, -5 * time.Minute, 5 * time.Minute, 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			s := oauthtest.NewInMemory(t, oauthtest.Options{Clients: []oauthtest.Client{public}, Ahead: ahead, Person: oauthtest.Person{IDLife: 5 * time.Minute}})
			if tok, err := personAt(s, "openid").Poll(t.Context(), func(oauth.DeviceCode) {}); err != nil || tok.ID == "" {
				t.Errorf("%v ahead: got %v, want an ID token", ahead, err)
			}
		})
	}
}

// cached gives the key set out of a cache, as Google does: its Date is of the time when it was put there.
type cached struct{ http.RoundTripper }

func (c cached) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.RoundTripper.RoundTrip(req)
	if err == nil && req.URL.Path == "/oauth2/keys" {
		resp.Header.Set("Date", time.Now().Add(-3*time.Hour).UTC().Format(http.TimeFormat))
		resp.Header.Set("Age", "10800")
	}
	return resp, err
}

func TestIDTokenIsNotTimedByACache(t *testing.T) {
	withDevice(t, oauthtest.Person{}, func(t *testing.T, s *oauthtest.Server, g oauth.Person) {
		g.Client.Transport = cached{g.Client.Transport}
		if tok, err := g.Poll(t.Context(), func(oauth.DeviceCode) {}); err != nil || tok.ID == "" {
			t.Errorf("got %v, want an ID token", err)
		}
	})
}

func TestKeySetsThatAreNone(t *testing.T) {
	for name, answer := range map[string]*oauthtest.Answer{
		"oversized": oauthtest.Huge(), "HTML": oauthtest.HTML, "empty": oauthtest.Empty, "not found": {Status: 404}, "in trouble": {Status: 503}, "keys no list": {Body: `{"keys":7}`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := oauthtest.NewInMemory(t, oauthtest.Options{Clients: []oauthtest.Client{public}})
				s.Fault(oauthtest.Fault{Path: "/oauth2/keys", Times: -1, Answer: answer})
				tok, err := personAt(s, "openid").Poll(t.Context(), func(oauth.DeviceCode) {})
				var e *oauth.Error
				if !errors.As(err, &e) || e.Op != "keys" || tok.Access != "" {
					t.Errorf("got %v, want an error of the keys, and no token", err)
				}
			})
		})
	}
}

func TestIDTokenOfAnIssuerWithoutKeysIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oauthtest.NewInMemory(t, oauthtest.Options{Clients: []oauthtest.Client{public}, Metadata: map[string]any{"jwks_uri": nil}})
		tok, err := personAt(s, "openid").Poll(t.Context(), func(oauth.DeviceCode) {})
		if err != nil || tok.Access == "" || tok.ID != "" {
			t.Errorf("error %v, want an access token and no ID token", err)
		}
	})
}

func TestNonceBindsAnIDTokenToItsLogin(t *testing.T) {
	for name, nonce := range map[string]any{"another": "replayed", "none": nil} {
		t.Run(name, func(t *testing.T) {
			s := browserServer(t, oauthtest.Person{Claims: func(c map[string]any) { c["nonce"] = nonce }})
			v := newVisitor(t, s)
			_, err := personAt(s, "openid").Browse(t.Context(), oauth.Browser{Open: v.open})
			<-v.pages
			var e *oauth.Error
			if !errors.As(err, &e) || e.Problem != "ID token is of another login" {
				t.Errorf("got %v, want it refused", err)
			}
		})
	}
}

// TestKeysAreReadAgainForANewOne, but not for each: anybody can make up the name of a key.
func TestKeysAreReadAgainForANewOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		s := oauthtest.NewInMemory(t, oauthtest.Options{Clients: []oauthtest.Client{public}})
		s.Fault(oauthtest.Fault{Path: "/oauth2/keys", Times: -1, Reached: func() { reads++ }})
		g := personAt(s, "openid")
		login := func() error {
			_, err := g.Poll(t.Context(), func(oauth.DeviceCode) {})
			return err
		}
		if err := errors.Join(login(), login()); err != nil || reads != 1 {
			t.Fatalf("error %v after %d reads of the keys, want 1 for both logins", err, reads)
		}
		time.Sleep(2 * time.Minute)
		s.RotateKeys()
		if err := login(); err != nil || reads != 2 {
			t.Errorf("error %v after %d reads, want the new key to be found by the second", err, reads)
		}
		time.Sleep(2 * time.Minute)
		s.Change(func(o *oauthtest.Options) {
			o.Person.Sign = signWith(t, jose.ES256, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), "made-up")
		})
		if err := errors.Join(login(), login(), login()); err == nil || reads != 3 {
			t.Errorf("%d reads for three made-up keys in 15 s, want one more than 2", reads)
		}
	})
}

func TestRefreshKeepsWhoItIs(t *testing.T) {
	about := func(name string, value any) func(*oauthtest.Options) {
		return func(o *oauthtest.Options) { o.Person.Claims = func(c map[string]any) { c[name] = value } }
	}
	tests := []struct {
		name    string
		change  func(*oauthtest.Options)
		problem string
		same    bool // the ID token stays the one before
	}{
		{"a new ID token", func(*oauthtest.Options) {}, "", false},
		{"none", func(o *oauthtest.Options) { o.Person.IDOnce = true }, "", true},
		{"another person's", about("sub", "mallory"), "ID token is about somebody else than before", false},
		{"for another client", about("aud", "other"), "ID token is for another client", false},
		{"for others too", about("aud", []string{"cli", "other"}), "ID token is for another client", false},
		{"another issuer's", about("iss", "https://evil.example"), "ID token is of another issuer", false},
		{"expired", about("exp", 1), "ID token has expired", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			withDevice(t, oauthtest.Person{}, func(t *testing.T, s *oauthtest.Server, g oauth.Person) {
				first, err := g.Poll(t.Context(), func(oauth.DeviceCode) {})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				s.Change(tt.change)
				next, err := g.Mint(t.Context(), first)
				var e *oauth.Error
				switch {
				case tt.problem != "":
					if !errors.As(err, &e) || e.Problem != tt.problem || fob.OutcomeOf(err) != fob.InDoubt {
						t.Errorf("got %v (%v), want %s, in doubt", err, fob.OutcomeOf(err), tt.problem)
					}
				case err != nil || (next.ID == first.ID) != tt.same:
					t.Errorf("error %v; the ID token stayed: %v, want %v", err, next.ID == first.ID, tt.same)
				case !oauth.IDExpiry(next.ID).Equal(oauth.IDExpiry(first.ID).Add(time.Minute)) != tt.same:
					t.Errorf("ID token until %v, the one before until %v", oauth.IDExpiry(next.ID), oauth.IDExpiry(first.ID))
				}
			})
		})
	}
}

// TestRefreshSurvivesKeysThatCannotBeHad: its refresh token has been used up.
func TestRefreshSurvivesKeysThatCannotBeHad(t *testing.T) {
	for name, trouble := range map[string]func(*oauthtest.Server){
		"server in trouble": func(s *oauthtest.Server) {
			s.Fault(oauthtest.Fault{Path: "/oauth2/keys", Times: -1, Answer: &oauthtest.Answer{Status: http.StatusServiceUnavailable}})
		},
		"place that is not safe": func(s *oauthtest.Server) {
			s.Change(func(o *oauthtest.Options) { o.Metadata = map[string]any{"jwks_uri": "http://keys.example/"} })
		},
	} {
		t.Run(name, func(t *testing.T) {
			withDevice(t, oauthtest.Person{}, func(t *testing.T, s *oauthtest.Server, g oauth.Person) {
				first, err := g.Poll(t.Context(), func(oauth.DeviceCode) {})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Hour) // and the keys are to be read again
				trouble(s)
				next, err := g.Mint(t.Context(), first)
				if err != nil || next.Refresh == first.Refresh || next.ID != first.ID {
					t.Errorf("error %v, want a new refresh token beside the ID token of before", err)
				}
			})
		})
	}
}

// vector serves an issuer's key set in the place of a server.
type vector struct{ keys string }

func (v vector) RoundTrip(req *http.Request) (*http.Response, error) {
	switch req.URL.Path {
	case "/token":
		return response(200, "application/json", `{"access_token":"a","id_token":"`+vectorToken+`"}`), nil
	case "/keys":
		return response(200, "application/json", v.keys), nil
	}
	return response(200, "application/json", `{"device_code":"d","user_code":"u","verification_uri":"https://h/","interval":1}`), nil
}

// vectorToken is the JWS of RFC 7515 appendix A.2 (RS256), whose claims are those of RFC 7519 §3.1; vectorKey its key.
const (
	vectorToken = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ." +
		"cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
	vectorModulus = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
)

// TestVectorsOfTheRFCs: the signature is right, and so what is refused is what the claims say, which are nobody's login.
func TestVectorsOfTheRFCs(t *testing.T) {
	flipped := []byte(vectorModulus)
	flipped[40] ^= 1
	for name, tt := range map[string]struct{ modulus, issuer, want string }{
		"signature":       {vectorModulus, "https://h", "ID token is of another issuer"},
		"its very issuer": {vectorModulus, "joe", "ID token names no subject"},
		"another key":     {string(flipped), "joe", "ID token is not signed by a key of the issuer"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := oauth.Person{Client: &oauth.Client{
					TokenURL: "https://h/token", DeviceURL: "https://h/device", KeysURL: "https://h/keys", IDIssuer: tt.issuer, ClientID: "cli",
					Transport: vector{`{"keys":[{"kty":"RSA","n":"` + tt.modulus + `","e":"AQAB"}]}`},
				}}
				_, err := g.Poll(t.Context(), func(oauth.DeviceCode) {})
				var e *oauth.Error
				if !errors.As(err, &e) || e.Problem != tt.want {
					t.Errorf("got %v, want %s", err, tt.want)
				}
			})
		})
	}
	if got := oauth.IDExpiry(vectorToken); !got.Equal(time.Unix(1300819380, 0)) {
		t.Errorf("exp %v, want that of RFC 7519 §3.1", got)
	}
}

// TestIssuerOfManyTenants: Entra's common is one for each tenant, which the token names.
func TestIssuerOfManyTenants(t *testing.T) {
	for name, tt := range map[string]struct {
		iss, tid string
		good     bool
	}{
		"the tenant's own":        {"https://login.example/t1/v2.0", "t1", true},
		"another tenant's":        {"https://login.example/t1/v2.0", "t2", false},
		"no tenant":               {"https://login.example/{tid}/v2.0", "", false},
		"a tenant that is a path": {"https://login.example/a/b/v2.0", "a/b", false},
		"a tenant in braces":      {"https://login.example/{tid}/v2.0", "{tid}", false},
	} {
		t.Run(name, func(t *testing.T) {
			withDevice(t, oauthtest.Person{Claims: func(c map[string]any) { c["iss"], c["tid"] = tt.iss, tt.tid }}, func(t *testing.T, _ *oauthtest.Server, g oauth.Person) {
				g.Client.IDIssuer = "https://login.example/{tid}/v2.0"
				if _, err := g.Poll(t.Context(), func(oauth.DeviceCode) {}); (err == nil) != tt.good {
					t.Errorf("got %v, want it taken: %v", err, tt.good)
				}
			})
		})
	}
}

func FuzzIDToken(f *testing.F) {
	f.Add(vectorToken)
	f.Add("e30.e30.")
	f.Add("eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjFlMzAwfQ.c2ln")
	f.Fuzz(func(t *testing.T, token string) {
		if until := oauth.IDExpiry(fob.Secret(token)); !until.IsZero() && (until.Year() < 1970 || until.Year() > 9999) {
			t.Errorf("an end in the year %d", until.Year())
		}
	})
}

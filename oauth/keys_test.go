package oauth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/oauth"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func pemText(kind string, der []byte) fob.Secret {
	return fob.Secret(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func ecKey(t testing.TB) fob.Secret {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return pemText("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key)))
}

// device hides a key as a hardware module does: it signs, and that is all.
type device struct{ key crypto.Signer }

func (d device) Public() crypto.PublicKey { return d.key.Public() }
func (d device) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return d.key.Sign(r, digest, opts)
}

func TestAssertionsVerifyWithEachKindOfKey(t *testing.T) {
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	rsaKey := must(rsa.GenerateKey(rand.Reader, 2048))
	p256 := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	p521 := must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))
	jwk := func(key any, alg string) oauth.KeyText {
		return oauth.KeyText{Text: fob.Secret(must(json.Marshal(jose.JSONWebKey{Key: key, KeyID: "k1", Algorithm: alg})))}
	}
	tests := []struct {
		name   string
		key    oauth.KeySource
		alg    string
		want   string
		public crypto.PublicKey
	}{
		{"Ed25519 JWK", jwk(ed, ""), "", "EdDSA", ed.Public()},
		{"Ed25519 JWK by its newer name", jwk(ed, "Ed25519"), "", "EdDSA", ed.Public()},
		{"Ed25519 PKCS #8", oauth.KeyText{Text: pemText("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(ed)))}, "", "EdDSA", ed.Public()},
		{"P-256 JWK", jwk(p256, ""), "", "ES256", p256.Public()},
		{"P-256 SEC 1", oauth.KeyText{Text: pemText("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(p256)))}, "", "ES256", p256.Public()},
		{"P-256 in a device", oauth.Signer(device{p256}), "", "ES256", p256.Public()},
		{"P-384 in a device", oauth.Signer(device{p384}), "", "ES384", p384.Public()},
		{"P-521 in a device", oauth.Signer(device{p521}), "", "ES512", p521.Public()},
		{"RSA PKCS #1", oauth.KeyText{Text: pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey))}, "", "RS256", rsaKey.Public()},
		{"RSA JWK that says PS256", jwk(rsaKey, "PS256"), "", "PS256", rsaKey.Public()},
		{"RSA told to be PS256", oauth.Signer(rsaKey), "PS256", "PS256", rsaKey.Public()},
		{"RSA in a device", oauth.Signer(device{rsaKey}), "PS256", "PS256", rsaKey.Public()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			jws := assertionOf(t, oauth.PrivateKeyJWT{Key: tt.key, Algorithm: tt.alg})
			if got := jws.Signatures[0].Header.Algorithm; got != tt.want {
				t.Errorf("algorithm %s, want %s", got, tt.want)
			}
			if _, err := jws.Verify(tt.public); err != nil {
				t.Errorf("signature: %v", err)
			}
			if key, ok := tt.public.(*rsa.PublicKey); ok && tt.want == "PS256" {
				saltIsAsLongAsTheDigest(t, key, jws)
			}
		})
	}
}

// saltIsAsLongAsTheDigest checks what RFC 7518 §3.5 demands and go-jose does not check.
func saltIsAsLongAsTheDigest(t *testing.T, key *rsa.PublicKey, jws *jose.JSONWebSignature) {
	t.Helper()
	compact := must(jws.CompactSerialize())
	digest := crypto.SHA256.New()
	digest.Write([]byte(compact[:strings.LastIndex(compact, ".")]))
	opts := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
	if err := rsa.VerifyPSS(key, crypto.SHA256, digest.Sum(nil), jws.Signatures[0].Signature, opts); err != nil {
		t.Errorf("salt is not as long as the digest: %v", err)
	}
}

var everyAlg = []jose.SignatureAlgorithm{jose.EdDSA, jose.ES256, jose.ES384, jose.ES512, jose.RS256, jose.PS256, jose.HS256, jose.HS512}

// request is what auth writes into a request to the token endpoint.
func request(t *testing.T, auth oauth.ClientAuth) *oauth.Request {
	t.Helper()
	write, err := auth.Prepare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := &oauth.Request{Client: "client", Endpoint: "https://login.example.com/token", Params: map[string][]string{}, Header: map[string][]string{}}
	if err := write(r); err != nil {
		t.Fatal(err)
	}
	return r
}

func assertionOf(t *testing.T, auth oauth.ClientAuth) *jose.JSONWebSignature {
	t.Helper()
	jws, err := jose.ParseSignedCompact(request(t, auth).Params.Get("client_assertion"), everyAlg)
	if err != nil {
		t.Fatal(err)
	}
	return jws
}

func TestKeysThatAreNoneAreEachNamed(t *testing.T) {
	b64 := base64.RawURLEncoding.EncodeToString
	token := func(jwk string) string { return "secret-token:conductorone.com:v1:" + b64([]byte(jwk)) }
	good, public := secretToken()
	pub := `{"kty":"OKP","crv":"Ed25519","x":"` + b64(public) + `"}`
	other := `{"kty":"OKP","crv":"Ed25519","x":"` + b64(make([]byte, 32)) + `","d":"` + b64([]byte("fob-canary-7f3a9c-and-15-more...")) + `"}`
	p256 := string(must(json.Marshal(jose.JSONWebKey{Key: must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))})))
	_, text, _ := strings.Cut(string(good), ":v1:")
	tests := []struct{ name, text, want string }{
		{"empty prefix", text, "neither JWK nor PEM nor secret-token URI"},
		{"wrong issuer", "secret-token:example.com:v1:" + text, "secret-token is not conductorone.com's"},
		{"nothing behind the scheme", "secret-token:", "secret-token is not conductorone.com's"},
		{"missing version", "secret-token:conductorone.com:" + text, "secret-token has no version"},
		{"wrong version", "secret-token:conductorone.com:v2:" + text, "secret-token is not of version v1"},
		{"missing key", "secret-token:conductorone.com:v1", "secret-token is incomplete or has more than four parts"},
		{"empty key", "secret-token:conductorone.com:v1:", "secret-token is incomplete or has more than four parts"},
		{"a part too many", string(good) + ":x", "secret-token is incomplete or has more than four parts"},
		{"padding", string(good) + "==", "secret-token has base64 padding"},
		{"not base64url", "secret-token:conductorone.com:v1:+/+/", "secret-token is not base64url"},
		{"not JSON", token("nonsense"), "secret-token holds no JWK"},
		{"public key", token(pub), "JWK is a public key"},
		{"other curve", token(p256), "secret-token is not an Ed25519 key"},
		{"X25519", token(`{"kty":"OKP","crv":"X25519","x":"AA","d":"AA"}`), "secret-token is not an Ed25519 key"},
		{"halves that do not match", token(other), "JWK is not a valid key"},
		{"JWK cut off", `{"kty":"OKP"`, "JWK is not JSON"},
		{"JWK of a public key", pub, "JWK is a public key"},
		{"JWK that is symmetric", `{"kty":"oct","k":"AAAA"}`, "JWK is not a key that signs"},
		{"PEM cut off", "-----BEGIN PRIVATE KEY-----\nAAAA", "PEM has no private key"},
		{"PEM of nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "PEM is not a valid key"},
		{"PEM of a public key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "PEM has no private key"},
		{"PEM encrypted", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----", "PEM key is encrypted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := oauth.ParseKey(fob.Secret(tt.text))
			var key *oauth.KeyError
			if !errors.As(err, &key) || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestKeysThatDoNotFitAreLocal(t *testing.T) {
	p224 := oauth.Signer(must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)))
	tests := []struct {
		name string
		auth oauth.ClientAuth
		want string
	}{
		{"no key", oauth.PrivateKeyJWT{}, "signing key: not set"},
		{"zero key", oauth.PrivateKeyJWT{Key: oauth.SigningKey{}}, "signing key: not set"},
		{"other algorithm", oauth.PrivateKeyJWT{Key: oauth.KeyText{Text: ecKey(t)}, Algorithm: "RS256"}, "signing key: not a key for its algorithm"},
		{"other curve", oauth.PrivateKeyJWT{Key: p224}, "signing key: of a kind or curve that signs no JWT"},
		{"not a secret-token", oauth.PrivateKeyJWT{Key: oauth.SecretToken{Text: secret}}, "client secret: does not begin with secret-token:"},
		{"short secret", oauth.ClientSecretJWT{Secret: secret}, "client secret: too short for its algorithm (RFC 7518 §3.2)"},
		{"HS of no kind", oauth.ClientSecretJWT{Secret: secret, Algorithm: "ES256"}, "client assertion: algorithm is none of HS256, HS384 and HS512"},
		{"no secret", oauth.Basic{}, "client secret: not set"},
		{"empty secret", oauth.Params{Secret: fob.Secret("")}, "client secret: empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.auth.Prepare(t.Context())
			if err == nil || err.Error() != tt.want || fob.OutcomeOf(err) != fob.Local {
				t.Errorf("got %v, outcome %v, want %s, Local", err, fob.OutcomeOf(err), tt.want)
			}
		})
	}
}

func TestKeysDoNotShowThemselves(t *testing.T) {
	key := must(oauth.ParseKey(ecKey(t)))
	hidden := struct{ k oauth.SigningKey }{key}
	for _, got := range []string{fmt.Sprintf("%v", key), fmt.Sprintf("%+v", oauth.PrivateKeyJWT{Key: key}.Key), string(must(json.Marshal(key)))} {
		if strings.Trim(got, `"`) != "[key]" {
			t.Errorf("got %d bytes, want [key]", len(got))
		}
	}
	if got := fmt.Sprintf("%+v", hidden); len(got) > len("{k:{key:0xc000000000000}}") {
		t.Errorf("an unexported field prints %d bytes, want a pointer", len(got))
	}
}

func FuzzParseKey(f *testing.F) {
	good, _ := secretToken()
	f.Add(string(good))
	f.Add(string(ecKey(f)))
	f.Add(`{"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"}`)
	f.Fuzz(func(t *testing.T, text string) {
		key, err := oauth.ParseKey(fob.Secret(text))
		var known *oauth.KeyError
		if err != nil && !errors.As(err, &known) {
			t.Errorf("error is a %T, want *KeyError", err)
		}
		if err == nil && key == (oauth.SigningKey{}) {
			t.Error("no key and no error")
		}
	})
}

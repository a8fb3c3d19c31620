package e2e

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/url"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// client is a client of the authorization server as RFC 7591 §2 writes it. Its private key, if it has one, stays here.
type client struct {
	ID        string              `json:"client_id"`
	Secret    string              `json:"client_secret,omitempty"`
	Auth      string              `json:"token_endpoint_auth_method"`
	Alg       string              `json:"token_endpoint_auth_signing_alg,omitempty"`
	Keys      *jose.JSONWebKeySet `json:"jwks,omitempty"`
	Grants    []string            `json:"grant_types"`
	Responses []string            `json:"response_types"`
	Redirects []string            `json:"redirect_uris"`
	Kind      string              `json:"application_type,omitempty"`

	pem []byte // the private key, PKCS #8
}

// secret is what client secrets are made of here: long enough to sign assertions with, all that Basic has to encode
// (RFC 6749 §2.3.1), and the canary that the scan of all test output looks for.
const secret = "s3:cr%t+ &=/?fob-canary-7f3a9c-0123456789abcdef"

// callback is a redirect URI at which nobody listens.
const callback = "https://client.example/callback"

// machineClient gets tokens by client_credentials.
func machineClient(id, auth string) client {
	return client{ID: id, Secret: secret, Auth: auth, Grants: []string{"client_credentials"}, Responses: []string{}, Redirects: []string{}}
}

// keyClient is a machineClient that signs with key instead of knowing a secret.
func keyClient(t *testing.T, id, alg string, key crypto.Signer) client {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c := machineClient(id, "private_key_jwt")
	c.Secret, c.Alg, c.pem = "", alg, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	c.Keys = &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), Algorithm: alg, Use: "sig"}}}
	return c
}

// personClient gets tokens by a person's consent, and refresh tokens with them.
func personClient(id string) client {
	c := machineClient(id, "client_secret_basic")
	c.Grants, c.Responses, c.Redirects = []string{"authorization_code", "refresh_token"}, []string{"code"}, []string{callback}
	return c
}

// appClient is a program on a person's machine (RFC 8252): it has no secret, and listens at whatever port of loopback is free.
func appClient(id string) client {
	return client{
		ID: id, Auth: "none", Kind: "native", Responses: []string{"code"}, Redirects: []string{"http://127.0.0.1", "http://localhost/callback"},
		Grants: []string{"authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"},
	}
}

// authenticate adds c's id and secret to req, form-encoded first (RFC 6749 §2.3.1).
func (c client) authenticate(req *http.Request) {
	req.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(c.Secret))
}

package oauthtest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// Assertion is what a client assertion (RFC 7523 §3) must be. The zero value is what RFC 7523 and OpenID Connect Core §9
// demand: any asymmetric algorithm, the issuer or the token endpoint as audience, a jti, an hour of life at most.
type Assertion struct {
	Algs  []string      // signature algorithms for PrivateKeyJWT
	Life  time.Duration // how far off exp may be
	Host  bool          // the audience is an array of one: the bare host of a client id name@host[:port]/use
	Nonce bool          // the header has a nonce of 16 bytes in hex, which is single-use in the place of jti
}

var asymmetric = []string{"EdDSA", "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}

// claims are those that decide. Dates may have a fraction (RFC 7519 §2).
type claims struct {
	Issuer   string          `json:"iss"`
	Subject  string          `json:"sub"`
	Audience json.RawMessage `json:"aud"`
	ID       string          `json:"jti"`
	Expiry   *float64        `json:"exp"`
	Before   float64         `json:"nbf"`
}

// authAssertion believes nothing before the signature is checked but who claims to have made it.
func (s *Server) authAssertion(o *Options, r *http.Request, form url.Values) (*Client, error) {
	if form.Get("client_assertion_type") != assertionType {
		return nil, invalidRequest("client_assertion_type")
	}
	algs := append([]string{"HS256", "HS384", "HS512"}, o.Assertion.algs()...)
	jws, err := jose.ParseSignedCompact(form.Get("client_assertion"), signatureAlgorithms(algs))
	if err != nil {
		return nil, invalidClient("assertion malformed or of another algorithm")
	}
	var said claims
	json.Unmarshal(jws.UnsafePayloadWithoutVerification(), &said)
	c := o.client(said.Subject)
	if c == nil {
		return nil, invalidClient("unknown client")
	}
	payload, err := jws.Verify(c.verifier(jws))
	if err != nil {
		return nil, invalidClient("assertion signature")
	}
	if named := form.Get("client_id"); named != "" && named != c.ID {
		return nil, invalidRequest("two client ids")
	}
	return c, s.checkClaims(o, r, c, jws, payload)
}

// verifier is the key for the algorithm that the header names, nil where c may not use it.
func (c *Client) verifier(jws *jose.JSONWebSignature) any {
	symmetric := strings.HasPrefix(jws.Signatures[0].Header.Algorithm, "HS")
	switch {
	case symmetric && c.may(SecretJWT) && c.Secret != "":
		return []byte(c.Secret)
	case !symmetric && c.may(PrivateKeyJWT):
		return c.Key
	}
	return nil
}

func (s *Server) checkClaims(o *Options, r *http.Request, c *Client, jws *jose.JSONWebSignature, payload []byte) error {
	var got claims
	now := float64(time.Now().Add(o.Ahead).UnixMilli()) / 1000
	switch err := json.Unmarshal(payload, &got); {
	case err != nil:
		return invalidClient("assertion claims")
	case got.Issuer != c.ID || got.Subject != c.ID:
		return invalidClient("assertion iss or sub")
	case !o.forUs(r, c, got.Audience):
		return invalidClient("assertion aud")
	case got.Expiry == nil || *got.Expiry <= now || *got.Expiry > now+o.Assertion.life().Seconds() || got.Before > now:
		return invalidClient("assertion exp or nbf")
	}
	id := got.ID
	if o.Assertion.Nonce {
		id = jws.Signatures[0].Protected.Nonce
		if raw, err := hex.DecodeString(id); err != nil || len(raw) != 16 {
			return invalidClient("assertion nonce")
		}
	}
	if id == "" || !s.tokens.first(c.ID, id) {
		return invalidClient("assertion without jti or used before")
	}
	return nil
}

// forUs reports whether the audience is this server.
func (o *Options) forUs(r *http.Request, c *Client, raw json.RawMessage) bool {
	if o.Assertion.Host {
		want, _ := json.Marshal([]string{hostOf(c.ID)})
		var got bytes.Buffer
		return json.Compact(&got, raw) == nil && bytes.Equal(got.Bytes(), want)
	}
	var one string
	var many []string
	if json.Unmarshal(raw, &one) == nil {
		many = []string{one}
	} else if json.Unmarshal(raw, &many) != nil {
		return false
	}
	return slices.Contains(many, issuer(o, r)) || slices.Contains(many, base(r)+o.TokenPath)
}

// hostOf is the host of a client id name@host[:port]/use.
func hostOf(id string) string {
	_, rest, _ := strings.Cut(id, "@")
	host, _, _ := strings.Cut(rest, "/")
	if bare, _, err := net.SplitHostPort(host); err == nil {
		return bare
	}
	return host
}

func (a Assertion) algs() []string {
	if a.Algs == nil {
		return asymmetric
	}
	return a.Algs
}

func (a Assertion) life() time.Duration {
	if a.Life == 0 {
		return time.Hour
	}
	return a.Life
}

func signatureAlgorithms(names []string) (algs []jose.SignatureAlgorithm) {
	for _, n := range names {
		algs = append(algs, jose.SignatureAlgorithm(n))
	}
	return algs
}

package oauthtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/fobkit/fob"
	"github.com/go-jose/go-jose/v4"
)

// idKeys sign ID tokens. They are made when they are first needed.
type idKeys struct {
	mu  sync.Mutex
	key *jose.JSONWebKey
}

// current is the key in use, with its private half.
func (k *idKeys) current() *jose.JSONWebKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key == nil {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err) // crypto/rand.Reader never fails
		}
		k.key = &jose.JSONWebKey{Key: private, KeyID: rand.Text(), Algorithm: "ES256", Use: "sig"}
	}
	return k.key
}

// RotateKeys signs what comes from now on with another key, and publishes that one alone.
func (s *Server) RotateKeys() {
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	s.keys.key = nil
}

// SignID signs claims as the server signs ID tokens.
func (s *Server) SignID(claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err) // a test's own claims
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: s.keys.current()}, nil)
	if err != nil {
		panic(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	compact, _ := jws.CompactSerialize()
	return compact
}

// withID is tok with an ID token, if one was asked for (OpenID Connect Core §3.1.2.1).
func (s *Server) withID(o *Options, r *http.Request, tok fob.Token, client, nonce string) fob.Token {
	if !slices.Contains(tok.Scopes, "openid") {
		return tok
	}
	life := o.Person.IDLife
	if life == 0 {
		life = time.Hour
	}
	now := time.Now().Add(o.Ahead)
	claims := map[string]any{
		"iss": issuer(o, r), "sub": o.Person.subject(), "aud": client, "iat": now.Unix(), "exp": now.Add(life).Unix(),
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if o.Person.Claims != nil {
		o.Person.Claims(claims)
	}
	sign := s.SignID
	if o.Person.Sign != nil {
		sign = o.Person.Sign
	}
	tok.ID = fob.Secret(sign(claims))
	return tok
}

func (s *Server) serveKeys(w http.ResponseWriter) {
	reply(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{s.keys.current().Public()}})
}

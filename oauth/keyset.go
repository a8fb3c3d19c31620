package oauth

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	opKeys    = "keys"
	keysPause = time.Minute // between two reads of a key set for the sake of keys that it had not
	maxKeys   = 64          // of a key set are looked at
)

var errNoKeys = errors.New("issuer publishes no keys")

// keySet are the keys that sign ID tokens, as they were last read.
type keySet struct {
	mu   sync.Mutex
	keys []jose.JSONWebKey
	read time.Time // zero: not yet
}

// signed is the payload of an ID token that a key of the issuer has signed. A key that is not known makes the key set be read again, if that was
// not done just now: issuers change their keys, and anybody can make up the name of one.
func (c *Client) signed(ctx context.Context, jws *jose.JSONWebSignature) ([]byte, error) {
	kid := jws.Signatures[0].Header.KeyID
	keys, read := c.keys.of(kid)
	if now := time.Now(); now.Sub(read) > metadataLife || len(keys) == 0 && now.Sub(read) > keysPause {
		if err := c.readKeys(ctx); err != nil {
			return nil, err
		}
		keys, _ = c.keys.of(kid)
	}
	for i := range keys {
		if keys[i].Algorithm != "" && keys[i].Algorithm != jws.Signatures[0].Header.Algorithm { // RFC 7517 §4.4
			continue
		}
		if payload, err := jws.Verify(&keys[i]); err == nil {
			return payload, nil
		}
	}
	return nil, errIDSignature
}

// of are the keys of that name, or all for a token that names none.
func (s *keySet) of(kid string) (keys []jose.JSONWebKey, read time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.keys {
		if kid == "" || k.KeyID == kid {
			keys = append(keys, k)
		}
	}
	return keys, s.read
}

func (c *Client) readKeys(ctx context.Context) error {
	raw := c.KeysURL
	if raw == "" {
		m, err := c.known(ctx)
		if err != nil {
			return err
		}
		if raw = m.Keys; raw == "" {
			return errNoKeys
		}
	}
	place, err := parseURL("key set", raw)
	if err != nil {
		return err
	}
	a, err := c.get(ctx, opKeys, place, nil)
	if err != nil {
		return err
	}
	keys, err := parseKeys(a.body)
	if a.status != http.StatusOK || err != nil {
		return &Error{Op: opKeys, Host: place.Host, Status: a.status, Problem: "not a set of keys"}
	}
	c.keys.mu.Lock()
	defer c.keys.mu.Unlock()
	c.keys.keys, c.keys.read = keys, time.Now()
	return nil
}

// parseKeys reads a JWK set. What is no public key for signatures is passed over (RFC 7517 §5): of a secret, which nobody should publish, anybody
// could make tokens.
func parseKeys(body []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, err
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys[:min(len(set.Keys), maxKeys)] {
		var k jose.JSONWebKey
		if json.Unmarshal(raw, &k) == nil && k.IsPublic() && k.Valid() && (k.Use == "" || k.Use == "sig") && !isShort(k.Key) {
			keys = append(keys, k)
		}
	}
	return keys, nil
}

// isShort reports whether an RSA key can be broken (RFC 7518 §3.3). One that takes minutes to use is none to go-jose.
func isShort(key any) bool {
	k, ok := key.(*rsa.PublicKey)
	return ok && k.N.BitLen() < 2048
}

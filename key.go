package fob

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
)

// Key says which token is meant: two requests for a token share one record exactly if their Keys have one Name.
// Everything that decides what token the server would issue belongs in it; secrets and cosmetic settings do not.
type Key struct {
	Issuer     string              // issuer, or the token endpoint where there is no issuer
	Client     string              // client_id
	Grant      string              // grant type, such as "client_credentials"
	Account    string              // the profile's name for grants with a person; empty otherwise
	Audience   []string            // audience parameters, a set
	Resource   []string            // resource parameters (RFC 8707), a set
	Scopes     []string            // scopes asked for, a set
	Claims     string              // claims parameter (OpenID Connect Core §5.5), verbatim
	Params     map[string][]string // every extra parameter of the token request; the values of one name are a set
	Thumbprint string              // JWK thumbprint (RFC 7638) of the key a token is bound to; empty: a bearer token
}

// nameVersion leads what is hashed. Change it when, and only when, Key gains or loses a field: every record's name changes with it.
const nameVersion = "fob.key.1"

// Name is the canonical name of k: "k1-" and the SHA-256, in lower-case hex, of its fields, sorted and length-prefixed.
// The order of slices and maps, and repeated members, do not matter; nothing else is folded.
func (k Key) Name() string {
	h := canonical(nameVersion)
	for _, field := range []string{k.Issuer, k.Client, k.Grant, k.Account, k.Claims, k.Thumbprint} {
		h.add(field)
	}
	for _, set := range [][]string{k.Audience, k.Resource, k.Scopes} {
		h.addSet(set)
	}
	h.addLen(len(k.Params))
	for _, name := range slices.Sorted(maps.Keys(k.Params)) {
		h.add(name)
		h.addSet(k.Params[name])
	}
	sum := sha256.Sum256(h)
	return "k1-" + hex.EncodeToString(sum[:])
}

// canon is a byte string in which no two lists of fields look alike.
type canon []byte

func canonical(version string) canon {
	var c canon
	c.add(version)
	return c
}

func (c *canon) addLen(n int) { *c = binary.BigEndian.AppendUint64(*c, uint64(n)) }

func (c *canon) add(s string) {
	c.addLen(len(s))
	*c = append(*c, s...)
}

func (c *canon) addSet(set []string) {
	sorted := slices.Compact(slices.Sorted(slices.Values(set)))
	c.addLen(len(sorted))
	for _, s := range sorted {
		c.add(s)
	}
}

package oauth_test

import (
	"crypto/ed25519"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/oauth"
)

func TestFingerprintsChangeWithTheCredentialsAlone(t *testing.T) {
	_, one, _ := ed25519.GenerateKey(nil)
	_, two, _ := ed25519.GenerateKey(nil)
	old, fresh := fob.Secret("old-0123456789-0123456789-fob-canary-7f3a9c"), fob.Secret("new-0123456789-0123456789-fob-canary-7f3a9c")
	seen := make(map[fob.Secret]string)
	for name, auth := range map[string]oauth.ClientAuth{
		"basic": oauth.Basic{Secret: old}, "basic, new": oauth.Basic{Secret: fresh},
		"params": oauth.Params{Secret: old}, "params, new": oauth.Params{Secret: fresh},
		"key": oauth.PrivateKeyJWT{Key: oauth.Signer(one)}, "another key": oauth.PrivateKeyJWT{Key: oauth.Signer(two)},
		"secret JWT": oauth.ClientSecretJWT{Secret: old}, "secret JWT, new": oauth.ClientSecretJWT{Secret: fresh},
		"none": oauth.None{},
	} {
		g := oauth.ClientCredentials{Client: &oauth.Client{TokenURL: "https://login.example/token", ClientID: "c", Auth: auth}}
		first, err := g.Fingerprint(t.Context())
		again, _ := g.Fingerprint(t.Context())
		if err != nil || first != again {
			t.Errorf("%s: two fingerprints of the same credentials differ (error %v)", name, err)
		}
		if other, ok := seen[first]; ok {
			t.Errorf("%s and %s have one fingerprint", name, other)
		}
		seen[first] = name
	}
}

package oauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
)

const secretTokenScheme = "secret-token:"

// SecretToken is a key as the secret-token URI (RFC 8959) that ConductorOne issues:
// secret-token:conductorone.com:v1: and an Ed25519 JWK in base64url without padding.
type SecretToken struct{ Text SecretSource }

// SigningKey reads and parses the URI.
func (t SecretToken) SigningKey(ctx context.Context) (SigningKey, error) {
	text, err := reveal(ctx, "client secret", t.Text)
	if err != nil {
		return SigningKey{}, err
	}
	key, err := parseSecretToken(strings.TrimSpace(string(text)))
	if err != nil {
		return SigningKey{}, &LocalError{"client secret", err}
	}
	return key, nil
}

func parseSecretToken(uri string) (SigningKey, error) {
	text, problem := secretTokenText(uri)
	if problem != "" {
		return SigningKey{}, &KeyError{problem}
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return SigningKey{}, &KeyError{"secret-token is not base64url"}
	}
	var jwk struct{ Kty, Crv string }
	switch err := json.Unmarshal(data, &jwk); {
	case err != nil:
		return SigningKey{}, &KeyError{"secret-token holds no JWK"}
	case jwk.Kty != "OKP" || jwk.Crv != "Ed25519":
		return SigningKey{}, &KeyError{"secret-token is not an Ed25519 key"}
	}
	return parseJWK(data)
}

// secretTokenText takes a secret-token apart. problem is empty if all is well.
func secretTokenText(uri string) (text, problem string) {
	part := strings.Split(uri, ":")
	switch {
	case part[0]+":" != secretTokenScheme:
		return "", "does not begin with secret-token:"
	case len(part) == 1, part[1] != "conductorone.com":
		return "", "secret-token is not conductorone.com's"
	case len(part) == 2, len(part) == 3 && !isVersion(part[2]):
		return "", "secret-token has no version"
	case part[2] != "v1":
		return "", "secret-token is not of version v1"
	case len(part) != 4 || part[3] == "":
		return "", "secret-token is incomplete or has more than four parts"
	case strings.Contains(part[3], "="):
		return "", "secret-token has base64 padding"
	}
	return part[3], ""
}

func isVersion(s string) bool {
	return len(s) > 1 && s[0] == 'v' && strings.Trim(s[1:], "0123456789") == ""
}

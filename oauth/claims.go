package oauth

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/fobkit/fob"
)

// Claims reads what a JWT in compact form says of itself into claims, as json.Unmarshal does, and reports whether it is one. Nothing is
// verified: they may tell one token from another, and prove nothing.
func Claims(token fob.Secret, claims any) bool {
	part := strings.Split(string(token), ".")
	if len(part) != 3 {
		return false
	}
	data, err := base64.RawURLEncoding.DecodeString(part[1])
	return err == nil && json.Unmarshal(data, claims) == nil
}

// Audience is the claim aud: a string or a list of them (RFC 7519 §4.1.3).
type Audience []string

// UnmarshalJSON reads either.
func (a *Audience) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*a = Audience{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(a))
}

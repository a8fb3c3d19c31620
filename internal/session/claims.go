package session

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/fobkit/fob"
)

// claims are what a JWT says of itself, unverified. They tell one subject from another; they prove nothing.
type claims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience audience `json:"aud"`
}

// audience is a string or a list of them (RFC 7519 §4.1.3).
type audience []string

func (a *audience) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(a))
}

// claimsOf reads a JWT in compact form. Nil: it is none, or does not name issuer and subject.
func claimsOf(token fob.Secret) *claims {
	part := strings.Split(string(token), ".")
	if len(part) != 3 {
		return nil
	}
	data, err := base64.RawURLEncoding.DecodeString(part[1])
	var c claims
	if err != nil || json.Unmarshal(data, &c) != nil || c.Issuer == "" || c.Subject == "" {
		return nil
	}
	return &c
}

// String is the same for the same subject alone; of no claims, it is empty.
func (c *claims) String() string {
	if c == nil {
		return ""
	}
	aud := slices.Sorted(slices.Values(c.Audience))
	text := strconv.Quote(c.Issuer) + " " + strconv.Quote(c.Subject)
	for _, a := range aud {
		text += " " + strconv.Quote(a)
	}
	return text
}

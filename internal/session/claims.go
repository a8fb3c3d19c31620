package session

import (
	"slices"
	"strconv"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/oauth"
)

// claims are what a JWT says of itself, unverified. They tell one subject from another; they prove nothing.
type claims struct {
	Issuer   string         `json:"iss"`
	Subject  string         `json:"sub"`
	Audience oauth.Audience `json:"aud"`
}

// claimsOf reads a JWT in compact form. Nil: it is none, or does not name issuer and subject.
func claimsOf(token fob.Secret) *claims {
	var c claims
	if !oauth.Claims(token, &c) || c.Issuer == "" || c.Subject == "" {
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

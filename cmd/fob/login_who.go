package main

import (
	"cmp"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/term"
	"github.com/fobkit/fob/oauth"
)

// whoIs is the person that a token's ID token is about, which was validated when it came: name and address, as far as it says them. Empty: it
// does not say.
func whoIs(tok fob.Token) string {
	var who struct {
		Name     string `json:"name"`
		Username string `json:"preferred_username"`
		Email    string `json:"email"`
		Subject  string `json:"sub"`
	}
	if !oauth.Claims(tok.ID, &who) {
		return ""
	}
	name := cmp.Or(who.Name, who.Username)
	switch {
	case name != "" && who.Email != "" && name != who.Email:
		name += " <" + who.Email + ">"
	default:
		name = cmp.Or(name, who.Email, who.Subject)
	}
	return shortened(term.Clean(name))
}

// shortened is s of a length that leaves room for the rest of a line.
func shortened(s string) string {
	const most = 100
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

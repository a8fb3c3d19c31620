package middleware

import (
	"net/http"
	"strings"
)

// Challenge is one way that a server offers to authenticate, from its WWW-Authenticate header (RFC 9110 §11.6.1). Scheme, Token68
// and Params are the server's words: compare them, and never follow, print or log them unchecked.
type Challenge struct {
	// Scheme is as the server wrote it; its letters' case has no meaning. See Is.
	Scheme string

	// Token68 is what Negotiate and NTLM send in the place of parameters.
	Token68 string

	// Params are the parameters by their names in lower case, unquoted. Of a name that comes twice, which RFC 9110 forbids, the
	// first counts. Nil if there are none.
	Params map[string]string
}

// Is reports whether c is of the scheme.
func (c Challenge) Is(scheme string) bool { return strings.EqualFold(c.Scheme, scheme) }

// Challenges reads all challenges of a response's header, in their order: several in a line, or in several lines.
//
//	for _, c := range middleware.Challenges(resp.Header) {
//		if c.Is("Bearer") && c.Params["error"] == "insufficient_scope" {
//			return fmt.Errorf("the token lacks a scope of %q", c.Params["scope"])
//		}
//	}
//
// What is malformed is left out, up to the next comma from which it can be read again. Of a header longer than 64 KiB, the lines
// that go beyond are not read.
func Challenges(h http.Header) []Challenge {
	var all []Challenge
	left := maxChallenges
	for _, line := range h["Www-Authenticate"] {
		if left -= len(line); left < 0 {
			break
		}
		p := challengeParser{rest: line}
		p.comma()
		all = append(all, p.challenges()...)
	}
	return all
}

const maxChallenges = 64 << 10

// challengeParser reads from the start of rest; each step takes some of it away.
type challengeParser struct{ rest string }

// challenges reads one line, a list whose elements are challenges and, since they have commas too, the parameters of the one before:
//
//	challenge = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
//
// A scheme comes first in its element. A parameter may also follow another's closing quote, as some servers have it.
func (p *challengeParser) challenges() (all []Challenge) {
	var open *Challenge // the one that may get parameters
	for first := true; p.rest != ""; first = p.comma() {
		name := p.token()
		spaced := p.skip(" \t")
		switch {
		case name != "" && p.at('='):
			if value, ok := p.value(); !ok {
				p.element()
			} else if open != nil {
				open.set(name, value)
			}
		case name != "" && first && (spaced || p.ended()):
			all = append(all, Challenge{Scheme: name, Token68: p.token68()})
			open = &all[len(all)-1]
		default:
			open = nil // whose parameters the next ones are, nobody can tell
			p.element()
		}
	}
	return all
}

func (c *Challenge) set(name, value string) {
	if c.Params == nil {
		c.Params = make(map[string]string)
	}
	name = strings.ToLower(name)
	if _, twice := c.Params[name]; !twice {
		c.Params[name] = value
	}
}

// comma takes away what lies between elements or parameters, and reports whether a comma was there.
func (p *challengeParser) comma() bool {
	p.skip(" \t")
	return p.skip(" \t,")
}

// skip takes away the characters of set, and reports whether there were any.
func (p *challengeParser) skip(set string) bool {
	before := len(p.rest)
	p.rest = strings.TrimLeft(p.rest, set)
	return len(p.rest) < before
}

func (p *challengeParser) at(c byte) bool { return p.rest != "" && p.rest[0] == c }

// ended reports whether nothing more is in this element of the list.
func (p *challengeParser) ended() bool {
	p.skip(" \t")
	return p.rest == "" || p.at(',')
}

// element takes away what is left of an element. A quoted comma is none.
func (p *challengeParser) element() {
	for p.rest != "" && !p.at(',') {
		if !p.at('"') {
			p.rest = p.rest[1:]
		} else if _, ok := p.quoted(); !ok {
			p.rest = ""
		}
	}
}

// while takes away and returns the longest start that consists of what is allowed.
func (p *challengeParser) while(allowed func(c byte) bool) string {
	n := 0
	for n < len(p.rest) && allowed(p.rest[n]) {
		n++
	}
	start := p.rest[:n]
	p.rest = p.rest[n:]
	return start
}

func (p *challengeParser) token() string { return p.while(isTokenChar) }

// value reads "=" and a token or quoted-string, and fails if they do not end where they must. Spaces are bad, but allowed (BWS).
func (p *challengeParser) value() (string, bool) {
	p.rest = p.rest[1:]
	p.skip(" \t")
	if p.at('"') {
		value, ok := p.quoted()
		return value, ok && (p.skip(" \t") || p.ended())
	}
	value := p.token()
	return value, value != "" && p.ended()
}

// quoted reads a quoted-string (RFC 9110 §5.6.4), and nothing if it does not end.
func (p *challengeParser) quoted() (string, bool) {
	var value strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return value.String(), true
		case c == '\\' && i+1 < len(p.rest):
			i++
		}
		value.WriteByte(p.rest[i])
	}
	return "", false
}

// token68 reads one if it is all that the element has: what looks like its start may be a parameter's name, and its "=" too.
func (p *challengeParser) token68() string {
	ahead := *p
	value := ahead.while(isToken68Char)
	if value == "" {
		return ""
	}
	value += ahead.while(func(c byte) bool { return c == '=' })
	if !ahead.ended() {
		return ""
	}
	*p = ahead
	return value
}

func isToken68Char(c byte) bool { return isAlphanumeric(c) || strings.IndexByte("-._~+/", c) >= 0 }

func isTokenChar(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

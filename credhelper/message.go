package credhelper

import (
	"strings"
	"unicode"
)

// deeds says what failed, before the place it was for.
var deeds = [...]string{opNothing: "no answer for ", opGet: "no token for ", opStore: "not stored for ", opErase: "not erased for ", opList: "no list for ", opHeld: "no tokens for "}

// explain is err in one line, without the helper's name.
func (m *message) explain(err error) string {
	switch err := err.(type) {
	case badUsage:
		return err.Error()
	case badRequest:
		if m.req.Host == "" {
			return m.req.Protocol + " request refused: " + string(err)
		}
	}
	return deeds[m.op] + m.req.String() + ": " + err.Error()
}

// failed is the failure of a protocol that demands nothing.
func (m *message) failed(name string, err error) reply { return failPlain(name, m.explain(err), err) }

// failPlain is a line on stderr, and err's exit status.
func failPlain(name, text string, err error) reply {
	return reply{stderr: name + ": " + oneLine(text) + "\n", code: ExitCode(err)}
}

// oneLine is s without what moves a terminal's cursor or changes its direction.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return '?'
	}, s)
}

// percentEncode is s as it would stand in a URL's path, where what is plain stands for itself.
func percentEncode(s, plain string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; isNotHost(rune(c)) && !strings.ContainsRune(plain, rune(c)) {
			b.Write([]byte{'%', hex[c>>4], hex[c&0xF]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

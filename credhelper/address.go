package credhelper

import "strings"

// maxAddress bounds a URL without its query. RFC 9110 §4.1 wants 8,000 bytes to be understood.
const maxAddress = 8 << 10

// setAddress is setURL for a URL that a tool is about to ask for: its query says nothing of who may have what.
func (r *Request) setAddress(raw string) error {
	address, query, _ := strings.Cut(raw, "?")
	switch {
	case len(address) > maxAddress:
		return badRequest("a URL over 8192 bytes")
	case strings.ContainsFunc(raw, isControl):
		return badRequest("a control character in a URL")
	case strings.Contains(query, "#"):
		return badRequest("a URL with a fragment")
	}
	return r.setURL(address)
}

package credhelper

import "strings"

// offers reports whether one of the WWW-Authenticate values holds a challenge of that scheme (RFC 9110 §11.6.1).
func offers(values []string, scheme string) bool {
	for _, v := range values {
		for v != "" {
			var element string
			element, v = cutElement(v)
			word, _, _ := strings.Cut(strings.TrimSpace(element), " ")
			if strings.EqualFold(word, scheme) {
				return true
			}
		}
	}
	return false
}

// cutElement cuts a list at its first comma outside of quotes.
func cutElement(list string) (element, rest string) {
	quoted := false
	for i := 0; i < len(list); i++ {
		switch {
		case list[i] == '"':
			quoted = !quoted
		case list[i] == '\\' && quoted:
			i++
		case list[i] == ',' && !quoted:
			return list[:i], list[i+1:]
		}
	}
	return list, ""
}

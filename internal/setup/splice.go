package setup

import "strings"

// splice is one change of a text: Was, which stands at At, becomes Now.
type splice struct {
	At  int    `json:"at"`
	Was string `json:"was,omitempty"`
	Now string `json:"now,omitempty"`
}

// apply makes changes one after the other, each in the text that the one before has left. False: one does not fit.
func apply(text string, changes []splice) (string, bool) {
	for _, c := range changes {
		if c.At < 0 || c.At > len(text) || !strings.HasPrefix(text[c.At:], c.Was) {
			return text, false
		}
		text = text[:c.At] + c.Now + text[c.At+len(c.Was):]
	}
	return text, true
}

// reverse is what takes changes back.
func reverse(changes []splice) []splice {
	back := make([]splice, 0, len(changes))
	for i := len(changes) - 1; i >= 0; i-- {
		c := changes[i]
		back = append(back, splice{c.At, c.Now, c.Was})
	}
	return back
}

// cut removes text[from:to].
func cut(text string, from, to int) []splice { return []splice{{At: from, Was: text[from:to]}} }

// insert puts now at at.
func insert(at int, now string) []splice { return []splice{{At: at, Now: now}} }

// lineEnd is how the lines of text end: a file of Windows stays one.
func lineEnd(text string) string {
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// ownLines puts lines at the end of text.
func ownLines(text string, lines ...string) []splice {
	end := lineEnd(text)
	now := strings.Join(lines, end) + end
	if text != "" && !strings.HasSuffix(text, "\n") {
		now = end + now
	}
	return insert(len(text), now)
}

// lineStart is the offset of the line that offset lies in, nextLine that of the line after.
func lineStart(text string, offset int) int { return strings.LastIndexByte(text[:offset], '\n') + 1 }

func nextLine(text string, offset int) int {
	if i := strings.IndexByte(text[offset:], '\n'); i >= 0 {
		return offset + i + 1
	}
	return len(text)
}

// lineNumber counts from one.
func lineNumber(text string, offset int) int { return 1 + strings.Count(text[:offset], "\n") }

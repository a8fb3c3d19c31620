package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// text is what every secret in a test contains. It is lower case.
const text = "fob-canary-7f3a9c"

const (
	window  = 64 << 10
	longest = 128 // no form of text has more bytes
)

var (
	asPrinted  = append(base64Forms(), decimalForm())
	anyCase    = []string{text, hex.EncodeToString([]byte(text))}
	unescaping = strings.NewReplacer(escapes()...)
)

// scan calls found for every line of r on which a form of text begins, in order. Its memory is a few windows.
func scan(r io.Reader, found func(line int)) error {
	buf := make([]byte, 0, window)
	line, last := 0, -1 // lines before the window; last found
	for {
		n, err := io.ReadFull(r, buf[len(buf):window])
		buf = buf[:len(buf)+n]
		for _, l := range leaks(string(buf)) {
			if line+l > last { // the overlap of two windows is seen twice
				last = line + l
				found(last + 1)
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
		keep := len(buf) - longest // what begins before it has ended in this window
		line += bytes.Count(buf[:keep], []byte("\n"))
		buf = buf[:copy(buf, buf[keep:])]
	}
}

// leaks returns how many lines stand before each leak in s, sorted.
func leaks(s string) (lines []int) {
	lower := strings.ToLower(s)
	for _, form := range asPrinted {
		lines = appendLines(lines, s, form)
	}
	for _, form := range anyCase {
		lines = appendLines(lines, lower, form)
	}
	lines = appendLines(lines, unescaping.Replace(lower), text) // no newline comes or goes
	slices.Sort(lines)
	return lines
}

func appendLines(lines []int, s, form string) []int {
	before := 0
	for {
		i := strings.Index(s, form)
		if i < 0 {
			return lines
		}
		before += strings.Count(s[:i], "\n")
		lines = append(lines, before)
		s = s[i+len(form):]
	}
}

// base64Forms are the letters that do not depend on what stands before and after text, for each of its three alignments, in both
// alphabets.
func base64Forms() (forms []string) {
	for before := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", before) + text))
		own := encoded[(before*8+5)/6 : (before+len(text))*8/6]
		forms = append(forms, own, strings.NewReplacer("+", "-", "/", "_").Replace(own))
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

// decimalForm is how fmt prints a []byte.
func decimalForm() string { return strings.Trim(fmt.Sprint([]byte(text)), "[]") }

// escapes pairs each byte of text, percent-encoded once or twice, with itself.
func escapes() (pairs []string) {
	for _, c := range []byte(text) {
		pairs = append(pairs, fmt.Sprintf("%%%02x", c), string(c), fmt.Sprintf("%%25%02x", c), string(c))
	}
	return pairs
}

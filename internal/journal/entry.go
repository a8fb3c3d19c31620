package journal

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Entry is one decision that was not a plain hit. Its texts are cut to a length, and written without characters that a terminal
// would obey; what may stand in them is for the caller to say.
type Entry struct {
	Time    time.Time `json:"time"`
	What    string    `json:"what"` // "minted", "failed", …
	Profile string    `json:"profile,omitempty"`
	Host    string    `json:"host,omitempty"`     // host[:port] that the token was asked for; empty: nobody said
	Asker   string    `json:"asked_by,omitempty"` // the front-end: "git", "token", …
	Parent  string    `json:"parent,omitempty"`   // the program that ran it; empty: unknown
	TookMS  int64     `json:"took_ms,omitempty"`
	Why     string    `json:"why,omitempty"`   // what led to it
	Error   string    `json:"error,omitempty"` // why it was in vain
	Until   time.Time `json:"until,omitzero"`  // how long it goes on; an entry that says so is written once
}

// version is that of a line. A line of another is skipped, and goes when the file is next rewritten.
const version = 1

// line is an Entry as it lies in the file.
type line struct {
	Version int `json:"fob-journal"`
	Entry
}

const (
	maxWord = 64
	maxHost = 261 // a name of 253, a colon, a port, and brackets
	maxText = 256
	maxLine = 2 << 10
)

// clean is e as it can be written.
func (e Entry) clean() Entry {
	e.Time, e.Until = e.Time.UTC().Truncate(time.Millisecond), e.Until.UTC().Truncate(time.Second)
	for text, most := range map[*string]int{&e.What: maxWord, &e.Profile: maxText, &e.Host: maxHost, &e.Asker: maxWord, &e.Parent: maxWord,
		&e.Why: maxText, &e.Error: maxText} {
		*text = plain(*text, most)
	}
	return e
}

// plain is s with what cannot be printed as Go escapes it, up to that many bytes.
func plain(s string, most int) string {
	var b strings.Builder
	for _, r := range s {
		text := string(r)
		if !strconv.IsPrint(r) || r == utf8.RuneError {
			text = strings.Trim(strconv.QuoteRuneToASCII(r), "'")
		}
		if b.Len()+len(text) > most {
			break
		}
		b.WriteString(text)
	}
	return b.String()
}

// encode is e as a line; nothing, if that would be too long for a reader.
func (e Entry) encode() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // nobody reads it in a browser, and six bytes for each < would not fit
	if err := enc.Encode(line{version, e.clean()}); err != nil || b.Len() > maxLine {
		return nil
	}
	return b.Bytes()
}

// decode returns the entries of data. A line that is torn, too long, or no entry of this version is skipped.
func decode(data []byte) []Entry {
	var entries []Entry
	for text := range bytes.Lines(data) {
		var l line
		if len(text) > maxLine || json.Unmarshal(text, &l) != nil || l.Version != version || l.Time.IsZero() || l.What == "" {
			continue
		}
		entries = append(entries, l.clean())
	}
	return entries
}

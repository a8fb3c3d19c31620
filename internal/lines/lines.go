// Package lines is the format of the files that fob-helper reads on every call: key=value lines, as git's own, between
// a line that names kind and version and a line that sums up all before it. It needs neither reflection nor fmt.
package lines

import (
	"errors"
	"strconv"
	"strings"
)

var (
	// ErrCorrupt is returned for bytes that Encode did not write, or not as they are now.
	ErrCorrupt = errors.New("corrupt")

	// ErrForeign is returned for a file of a version that this program does not know. Every version ends with the same
	// line of checksum, so that a foreign file is told from a corrupt one.
	ErrForeign = errors.New("written by another version")
)

// Line is one line of a file.
type Line struct{ Key, Value string }

const (
	sumKey    = "sum="
	sumDigits = 16
)

// Encode returns the file of that kind and version. Keys must be lower-case words; a value that holds a line feed or a
// NUL byte is an error.
func Encode(kind string, version int, ls []Line) ([]byte, error) {
	b := make([]byte, 0, 512)
	b = appendLine(b, kind, strconv.Itoa(version))
	for _, l := range ls {
		if l.Key == "" || strings.ContainsAny(l.Key, "=\n\x00") || strings.ContainsAny(l.Value, "\n\x00") {
			return nil, errors.New("line " + strconv.Quote(l.Key) + " cannot be written")
		}
		b = appendLine(b, l.Key, l.Value)
	}
	return AppendSum(b), nil
}

func appendLine(b []byte, key, value string) []byte {
	b = append(b, key...)
	b = append(b, '=')
	b = append(b, value...)
	return append(b, '\n')
}

// AppendSum ends a file with its line of checksum: FNV-1a of 64 bits, which no change of a single byte leaves as it was. A CRC would
// find more of what disks do, but its tables take longer to make than all else that fob-helper does. Encode calls it; a test that
// makes a file by hand needs it.
func AppendSum(b []byte) []byte {
	return appendSum(b, sum(b))
}

func appendSum(b []byte, sum uint64) []byte {
	const digits = "0123456789abcdef"
	b = append(b, sumKey...)
	for shift := 4 * (sumDigits - 1); shift >= 0; shift -= 4 {
		b = append(b, digits[sum>>shift&15])
	}
	return append(b, '\n')
}

// sum is FNV-1a. hash/fnv would need a copy of a string.
func sum[T string | []byte](text T) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return h
}

// Decode returns the lines of a file of that kind and version, in their order.
func Decode(kind string, version int, data []byte) ([]Line, error) {
	text, ok := checked(string(data))
	if !ok {
		return nil, ErrCorrupt
	}
	head, rest, _ := strings.Cut(text, "\n")
	k, v, _ := strings.Cut(head, "=")
	if k != kind {
		return nil, ErrCorrupt
	}
	if v != strconv.Itoa(version) {
		return nil, ErrForeign
	}
	ls := make([]Line, 0, strings.Count(rest, "\n"))
	for rest != "" {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		key, value, ok := strings.Cut(line, "=")
		if !ok || key == "" {
			return nil, ErrCorrupt
		}
		ls = append(ls, Line{key, value})
	}
	return ls, nil
}

// checked returns what stands before the line of checksum, if that is the last line and right.
func checked(text string) (string, bool) {
	const tail = len(sumKey) + sumDigits + 1
	n := len(text) - tail
	if n <= 0 || text[n-1] != '\n' || strings.IndexByte(text, 0) >= 0 {
		return "", false
	}
	var last [tail]byte
	return text[:n], string(appendSum(last[:0], sum(text[:n]))) == text[n:]
}

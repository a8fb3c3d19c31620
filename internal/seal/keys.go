package seal

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fobkit/fob"
)

// Keys are those of a fleet, known to each of its members. The first seals and all open, so that a new key can be made known everywhere
// before anything is sealed under it, and an old one be dropped when nothing is any more.
type Keys []*Key

var _ fob.Sealer = Keys(nil)

// errNoKeys is what is wrong with a text without a key.
var errNoKeys = errors.New("no sealing key")

// ParseKeys reads keys in the form of [Key.Text], one a line. Empty lines, and spaces around a key, do no harm.
func ParseKeys(text fob.Secret) (Keys, error) {
	var keys Keys
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		k, err := ParseKey(fob.Secret(line))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		keys = append(keys, k)
	}
	if keys == nil {
		return nil, errNoKeys
	}
	return keys, nil
}

// Seal encrypts plain for the place b, under the first key.
func (s Keys) Seal(plain fob.Secret, b fob.Binding) (string, error) {
	if len(s) == 0 {
		return "", errNoKeys
	}
	return s[0].Seal(plain, b)
}

// Open returns what was sealed for b under any of the keys, fob.ErrForeignKey if it was under none of them, or fob.ErrSeal.
func (s Keys) Open(sealed string, b fob.Binding) (fob.Secret, error) {
	obj, err := parse(sealed)
	if err != nil {
		return "", err
	}
	for _, k := range s {
		if k.id == obj.Header.KeyID {
			return k.open(obj, b)
		}
	}
	return "", fob.ErrForeignKey
}

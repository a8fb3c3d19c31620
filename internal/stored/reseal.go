package stored

import (
	"strings"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/lines"
)

// Reseal returns data, the record of that name, with its secrets opened by from and sealed by to; nil if to opens them already. Lines
// that it does not know stay. Errors are lines.ErrCorrupt, lines.ErrForeign and those of the sealers.
func Reseal(name string, data []byte, from, to fob.Sealer) ([]byte, error) {
	ls, err := lines.Decode(kind, version, data)
	if err != nil {
		return nil, err
	}
	changed := false
	for i, l := range ls {
		field, ok := strings.CutSuffix(l.Key, sealedSuffix)
		if !ok {
			continue
		}
		b := fob.Binding{Record: name, Field: field}
		if _, err := to.Open(l.Value, b); err == nil {
			continue
		}
		plain, err := from.Open(l.Value, b)
		if err != nil {
			return nil, err
		}
		if ls[i].Value, err = to.Seal(plain, b); err != nil {
			return nil, err
		}
		changed = true
	}
	if !changed {
		return nil, nil
	}
	return lines.Encode(kind, version, ls)
}

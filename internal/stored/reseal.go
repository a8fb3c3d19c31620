package stored

import (
	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/lines"
)

// Reseal returns data, the record of that name, with its secret opened by from and sealed by to; nil if to opens it already. Lines
// that it does not know stay. Errors are lines.ErrCorrupt, lines.ErrForeign and those of the sealers.
func Reseal(name string, data []byte, from, to fob.Sealer) ([]byte, error) {
	ls, err := lines.Decode(kind, version, data)
	if err != nil {
		return nil, err
	}
	b := fob.Binding{Record: name, Field: secretField}
	for i, l := range ls {
		if l.Key != secretKey {
			continue
		}
		if _, err := to.Open(l.Value, b); err == nil {
			return nil, nil
		}
		plain, err := from.Open(l.Value, b)
		if err != nil {
			return nil, err
		}
		if ls[i].Value, err = to.Seal(plain, b); err != nil {
			return nil, err
		}
	}
	return lines.Encode(kind, version, ls)
}

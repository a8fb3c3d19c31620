package seal

import (
	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/record"
)

// Record is [Shelf].Reseal for a token's record, which becomes the next generation. The rest of it stays as it is. Errors are those
// of record.Decode and of the sealers.
func Record(name string, data []byte, from, to fob.Sealer) ([]byte, error) {
	r, err := record.Decode(data)
	if err != nil || opens(to, name, r) {
		return nil, err
	}
	anew := make(map[string]string, len(r.Sealed))
	for field, sealed := range r.Sealed {
		plain, err := from.Open(sealed, fob.Binding{Record: name, Field: field, Generation: r.Generation})
		if err != nil {
			return nil, err
		}
		if anew[field], err = to.Seal(plain, fob.Binding{Record: name, Field: field, Generation: r.Generation + 1}); err != nil {
			return nil, err
		}
	}
	r.Sealed = anew
	r.Generation++
	return r.Encode()
}

// opens reports whether s opens all that is sealed in r.
func opens(s fob.Sealer, name string, r record.Record) bool {
	for field, sealed := range r.Sealed {
		if _, err := s.Open(sealed, fob.Binding{Record: name, Field: field, Generation: r.Generation}); err != nil {
			return false
		}
	}
	return true
}

package tier

import (
	"bytes"
	"strconv"

	"github.com/fobkit/fob/internal/lines"
)

const copyKind, copyVersion = "fob-copy", 1

// encode is c as it lies in Near.
func (c Copy) encode() ([]byte, error) {
	return lines.Encode(copyKind, copyVersion, []lines.Line{
		{Key: "number", Value: strconv.FormatUint(c.Number, 10)},
		{Key: "sealed", Value: string(c.Data)},
	})
}

// parseCopy reads what encode wrote, or returns lines.ErrCorrupt or lines.ErrForeign.
func parseCopy(data []byte) (Copy, error) {
	ls, err := lines.Decode(copyKind, copyVersion, data)
	if err != nil {
		return Copy{}, err
	}
	if len(ls) != 2 || ls[0].Key != "number" || ls[1].Key != "sealed" {
		return Copy{}, lines.ErrCorrupt
	}
	number, err := strconv.ParseUint(ls[0].Value, 10, 64)
	if err != nil || number == 0 || ls[1].Value == "" {
		return Copy{}, lines.ErrCorrupt
	}
	return Copy{number, []byte(ls[1].Value)}, nil
}

// same reports whether c and d are one copy, or both none.
func (c Copy) same(d Copy) bool {
	return c.Number == d.Number && bytes.Equal(c.Data, d.Data) || c.Data == nil && d.Data == nil
}

package credhelper

import (
	"errors"
	"unicode/utf8"

	"github.com/fobkit/fob/internal/jsonlite"
)

// parseJSON is jsonlite.Parse with the error that tools are told.
func parseJSON(data []byte) (jsonlite.Value, error) {
	v, err := jsonlite.Parse(data)
	if err != nil {
		return nil, badRequest(err.Error())
	}
	return v, nil
}

// errNotUnicode refuses to write another secret than the one that is kept.
var errNotUnicode = errors.New("a credential that JSON cannot carry")

func (c Credential) isUnicode() bool {
	return utf8.ValidString(c.Username) && utf8.ValidString(string(c.Secret)) && utf8.ValidString(c.Certificate) && utf8.ValidString(string(c.CertificateKey))
}

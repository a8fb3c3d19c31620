package session

import (
	"cmp"
	"errors"
	"strings"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
)

// StoreError is trouble with a store that machines share.
type StoreError struct {
	Key    string // of the profile: the setting that is at odds with the server
	Reason string
	Err    error
}

func (e *StoreError) Error() string { return e.Key + ": " + e.Reason }
func (e *StoreError) Unwrap() error { return e.Err }

// keyOf is the profile's key for a field of redis.Options.
var keyOf = map[string]string{"Password": "store_password", "Keys": "store_keys", "TLS": "store_ca_file"}

// trouble is in the words of the configuration what the store says, with the profile's name. It is nil for nil.
func (f *fleet) trouble(err error) error {
	if err == nil {
		return nil
	}
	return &ProfileError{f.of.Name, inWords(err)}
}

// inWords is a store's err in the words of the configuration.
func inWords(err error) *StoreError {
	e := &StoreError{Key: "store", Reason: err.Error(), Err: err}
	var server *redis.ServerError
	switch {
	case errors.Is(err, fob.ErrForeignKey):
		e.Key = "store_keys"
	case errors.As(err, &server):
		bare := *server
		bare.Field = ""
		e.Key = cmp.Or(keyOf[server.Field], "store")
		e.Reason = strings.Replace(e.Reason, server.Error(), strings.TrimPrefix(bare.Error(), "redis: "), 1)
	}
	return e
}

package credhelper

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/jsonlite"
)

// jwtExpiry is when a JWT in compact form says that it ends; zero: it does not say. ok is false for what is none.
func jwtExpiry(token fob.Secret) (end time.Time, ok bool) {
	part := strings.Split(string(token), ".")
	if len(part) != 3 {
		return time.Time{}, false
	}
	data, err := base64.RawURLEncoding.DecodeString(part[1])
	if err != nil {
		return time.Time{}, false
	}
	v, err := jsonlite.Parse(data)
	if err != nil || len(v) == 0 || v[0] != '{' {
		return time.Time{}, false
	}
	exp, err := strconv.ParseFloat(string(v.Get("exp")), 64) // RFC 7519 §2: a number of seconds, which may have a fraction
	if err != nil || exp <= 0 || exp > maxUnix {
		return time.Time{}, true
	}
	return time.Unix(int64(exp), 0), true
}

// WithID is c with its ID token as the secret, until that token's own end. ok is false if c has none that says it lasts until then.
func (c Credential) WithID(then time.Time) (with Credential, ok bool) {
	end, ok := jwtExpiry(c.ID)
	c.Secret, c.Expiry = c.ID, end
	return c, ok && end.After(then)
}

// IDEndsBefore reports whether c's ID token says that it ends before then. It may live shorter than the access token that it came with.
func (c Credential) IDEndsBefore(then time.Time) bool {
	end, _ := jwtExpiry(c.ID)
	return !end.IsZero() && end.Before(then)
}

package credhelper

import (
	"cmp"
	"errors"
	"strconv"
	"time"

	"github.com/fobkit/fob/internal/jsonlite"
)

// google is the executable of an external_account (https://google.aip.dev/auth/4117): variables in, a JSON object on stdout. google-auth for
// Python reads stderr and stdout as one, so that the former stays empty whatever happens.
var google = protocol{words: []string{"google"}, silent: true, parse: parseGoogle, render: renderGoogle, fail: failGoogle}

// googlePatience leaves two of the 30 seconds that the libraries wait unless told otherwise.
const googlePatience = 28 * time.Second

// What Google takes for a subject token. Both are JWTs, and come in the same member.
const (
	googleID  = "urn:ietf:params:oauth:token-type:id_token"
	googleJWT = "urn:ietf:params:oauth:token-type:jwt"
)

// parseGoogle takes no audience from the request: that is the pool of identities, and its provider decides what audience a token must have.
func parseGoogle(in *input, m *message) error {
	const prefix = "GOOGLE_EXTERNAL_ACCOUNT_"
	if len(in.args) > 0 {
		return badUsage("google [--profile NAME]")
	}
	m.patience = googlePatience
	if in.getenv(prefix+"REVOKE") == "1" {
		m.op = opErase
		return nil
	}
	m.op, m.req.MinTTL, m.req.IDToken = opGet, minTTL, true
	m.req.Interactive = in.getenv(prefix+"INTERACTIVE") == "1"
	m.file = in.getenv(prefix + "OUTPUT_FILE")
	m.dialect = cmp.Or(in.getenv(prefix+"TOKEN_TYPE"), googleID)
	if m.dialect != googleID && m.dialect != googleJWT {
		return badRequest("a token type other than id_token and jwt")
	}
	return nil
}

var (
	errNoJWT   = &because{"neither an ID token nor a JWT", ErrDenied}
	errIDEnded = &because{"the ID token has ended before its access token", ErrTryLater}
)

// unknownLife is for a token that says nothing of its end: without expiration_time the libraries refuse what they are to keep in a file.
const unknownLife = time.Hour

const googleRevoked = `{"version":1,"success":true}` + "\n"

// renderGoogle gives the ID token, if there is one, and else an access token that is a JWT.
func renderGoogle(m *message, a answer) ([]byte, error) {
	if m.op == opErase {
		return []byte(googleRevoked), nil
	}
	if a.cred.IDEndsBefore(time.Now()) {
		return nil, errIDEnded
	}
	token := cmp.Or(a.cred.ID, a.cred.Secret)
	end, ok := jwtExpiry(token)
	if !ok || a.cred.Form == Password {
		return nil, errNoJWT
	}
	if end.IsZero() {
		end = cmp.Or(a.cred.Expiry, time.Now().Add(unknownLife))
	}
	c := Credential{Issued: a.cred.Issued, Expiry: end}
	out := make([]byte, 0, 192+len(token))
	out = jsonlite.AppendString(append(out, `{"version":1,"success":true,"token_type":`...), m.dialect)
	out = jsonlite.AppendString(append(out, `,"id_token":`...), string(token))
	out = strconv.AppendInt(append(out, `,"expiration_time":`...), c.reported().Unix(), 10)
	return append(out, "}\n"...), nil
}

// googleCodes are what failures are called. The libraries show code and message to their user.
var googleCodes = [...]string{1: "FAILED", 2: "CONFIGURATION", 3: "LOGIN_REQUIRED", 4: "DENIED", 69: "UNREACHABLE", 75: "TRY_LATER", 77: "PERMISSION"}

// failGoogle exits with 0: of a program that fails, the libraries for Go and Java read nothing.
func failGoogle(m *message, _ string, err error) reply {
	code := googleCodes[ExitCode(err)]
	switch {
	case m.op == opErase && errors.Is(err, ErrNotFound):
		return reply{stdout: []byte(googleRevoked)} // gone is gone
	case errors.Is(err, ErrNotFound):
		code = "NOT_FOUND"
	}
	out := append([]byte(`{"version":1,"success":false,"code":"`), code+`","message":`...)
	return reply{stdout: append(jsonlite.AppendString(out, oneLine(m.explain(err))), "}\n"...)}
}

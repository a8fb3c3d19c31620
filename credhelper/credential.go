package credhelper

import (
	"time"

	"github.com/fobkit/fob"
)

// Form is how a secret may be presented.
type Form int

const (
	Token    Form = iota // an access token: as password or as bearer, whatever the tool does best
	Bearer               // an access token that its server wants as a bearer, where the tool can
	Password             // no access token: never sent as a bearer
	AWSKeys              // a JSON object with AccessKeyId, SecretAccessKey, SessionToken and perhaps AccountId: for the aws protocol only
)

// Credential is what a Handler answers with, and what a tool says it used.
type Credential struct {
	Username string // beside the secret, where the tool names no user. If empty, "oauth2"
	Secret   fob.Secret
	Form     Form
	ID       fob.Secret // the ID token that came with an access token; empty: none

	// Mark names this very secret without telling anything of it. A tool that can brings it back in Request.Refused when the server has
	// refused the secret. Empty: there would be no other to be had.
	Mark string

	// Verbatim is for what a tool gave to keep, and gets back as it was: with no user name but its own, be that empty, and with the true expiry.
	Verbatim  bool
	AuthType  string     // git: the scheme of a header of which Secret is the rest; empty: Form says how it is presented
	Refresh   fob.Secret // git: the refresh token that a helper gave with a password; without a Secret, it is for another helper to use
	Ephemeral bool       // git: not to be kept

	// Certificate and CertificateKey are a TLS client's, in PEM, beside the Secret or in its place. Only kubernetes can take them.
	Certificate    string
	CertificateKey fob.Secret

	// Path is what of Request.Path, by whole segments from its start, the answer is good for all that lies below; "/": for all of the host.
	// Empty: the request's own path is all that is known.
	Path string

	Divided bool // other paths of the same host may get another answer: no tool shall take this one for the whole of it

	Issued time.Time // zero: unknown
	Expiry time.Time // zero: does not expire
}

// isEmpty reports whether there is nothing in c that a tool could use.
func (c Credential) isEmpty() bool { return c.Secret == "" && c.CertificateKey == "" && !c.Verbatim }

// defaultUsername is for tools that must send one, and servers that only look at the token.
const defaultUsername = "oauth2"

// username is who c is for, as the tool is told.
func (c Credential) username(asked string) string {
	switch {
	case asked != "":
		return asked
	case c.Username != "" || c.Verbatim:
		return c.Username
	}
	return defaultUsername
}

// maxMargin is the most by which an expiry is reported early.
const maxMargin = time.Minute

// reported is the expiry that tools are told, in whole seconds: earlier than the true one by a minute or a tenth of the life, the
// less, since most tools use a token up to its last second; what is Verbatim is told as it is. Zero: none.
func (c Credential) reported() time.Time {
	if c.Expiry.IsZero() {
		return time.Time{}
	}
	margin := maxMargin
	if c.Verbatim {
		margin = 0
	} else if !c.Issued.IsZero() {
		margin = max(0, min(margin, c.Expiry.Sub(c.Issued)/10))
	}
	return c.Expiry.Add(-margin).UTC().Truncate(time.Second)
}

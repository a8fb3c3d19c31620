package main

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/oauth"
)

func TestHintsSayWhatToDo(t *testing.T) {
	away := func(err error) error {
		return &oauth.Error{Op: "discovery", Host: "login.example", Err: &tls.CertificateVerificationError{Err: err}}
	}
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"an authority of one's own":    {away(x509.UnknownAuthorityError{}), "if you trust the server's authority, put its certificate into a PEM file, and name that in ca_file of profile corp"},
		"another server's certificate": {away(x509.HostnameError{Certificate: new(x509.Certificate)}), "check the host in issuer or token_endpoint of profile corp, and whether a proxy answers in its place"},
		"an expired certificate":       {away(x509.CertificateInvalidError{Reason: x509.Expired}), ""},
		"a directory for everybody":    {&atomicfile.UntrustedError{Path: "/tmp", Reason: "shared with others"}, "name a directory of your own in FOB_STATE"},
		"a link to a directory":        {&atomicfile.UntrustedError{Path: "/srv/fob", Reason: "a symbolic link"}, "set FOB_STATE to the directory itself"},
		"a directory that others fill": {&atomicfile.UntrustedError{Path: "/srv/fob", Reason: "writable by others"}, "make it yours alone: chmod go-w /srv/fob"},
		"a failure that is remembered": {&fob.RememberedError{Until: time.Date(2026, 11, 21, 12, 30, 5, 0, time.Local)}, `the server is asked again at 12:30:05, or now by "fob login corp"`},
	} {
		if got := hint(&session.ProfileError{Name: "corp", Err: tc.err}); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

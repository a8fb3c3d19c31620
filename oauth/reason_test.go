package oauth_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/oauth"
)

type breaking struct{ err error }

func (b breaking) RoundTrip(*http.Request) (*http.Response, error) { return nil, b.err }

func TestFailuresOnTheWayAreNamedInOurOwnWords(t *testing.T) {
	const quoted = "fob-canary-7f3a9c"
	distrusted := func(err error) error { return &tls.CertificateVerificationError{Err: err} }
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"server's words", fmt.Errorf("malformed HTTP response %q", quoted), "connection failed"},
		{"URL of an http.Client", &url.Error{Op: "Post", URL: "https://h/?s=" + quoted, Err: io.EOF}, "connection closed"},
		{"URL within a URL's", &url.Error{URL: quoted, Err: &url.Error{URL: quoted, Err: io.EOF}}, "connection closed"},
		{"refused", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, syscall.ECONNREFUSED.Error()},
		{"no such host", &net.OpError{Op: "dial", Err: &net.DNSError{Name: quoted, IsNotFound: true}}, "host name not found"},
		{"caller's deadline", context.DeadlineExceeded, "timed out"},
		{"caller left", context.Canceled, "cancelled"},
		{"unknown authority", distrusted(x509.UnknownAuthorityError{}), "certificate signed by unknown authority"},
		{"another host", distrusted(x509.HostnameError{Certificate: new(x509.Certificate), Host: quoted}), "certificate is for another host"},
		{"expired", distrusted(x509.CertificateInvalidError{Reason: x509.Expired, Detail: quoted}), "certificate has expired or is not yet valid"},
		{"otherwise invalid", distrusted(x509.CertificateInvalidError{Reason: x509.NameMismatch, Detail: quoted}), "certificate not valid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // some are tried again
				c := &oauth.Client{TokenURL: "https://h/t?s=" + quoted, Transport: breaking{tt.err}}
				_, err := oauth.ClientCredentials{Client: c}.Mint(t.Context(), fob.Token{})
				if want := "client_credentials: no answer from h: " + tt.want; err == nil || err.Error() != want {
					t.Errorf("got %v, want %s", err, want)
				}
				var e *oauth.Error
				if u := (*url.Error)(nil); !errors.As(err, &e) || errors.As(err, &u) || fob.OutcomeOf(err) != fob.Transient {
					t.Errorf("got a %T of outcome %v, want an *Error without *url.Error, Transient", err, fob.OutcomeOf(err))
				}
				if want := tt.name == "unknown authority"; e.Untrusted() != want {
					t.Errorf("untrusted: got %v, want %v", !want, want)
				}
			})
		})
	}
}

func TestServerOfAnUnknownAuthorityIsNotTrusted(t *testing.T) {
	srv := oauthtest.New(t, rotating())
	_, err := oauth.RefreshToken{Client: &oauth.Client{TokenURL: srv.TokenURL()}}.Mint(t.Context(), srv.Issue("c"))
	if err == nil || !strings.HasSuffix(err.Error(), "certificate signed by unknown authority") || fob.OutcomeOf(err) != fob.Transient {
		t.Errorf("got %v, outcome %v, want unknown authority and, since nothing was sent, Transient", err, fob.OutcomeOf(err))
	}
}

func TestCallerWhoLeavesIsToldSo(t *testing.T) {
	srv := oauthtest.New(t, rotating())
	ctx, cancel := context.WithCancel(t.Context())
	srv.Fault(oauthtest.Fault{Reached: cancel, Hang: true})
	_, err := person(srv, oauth.Basic{Secret: secret}).Mint(ctx, srv.Issue("c"))
	if !errors.Is(err, context.Canceled) || fob.OutcomeOf(err) != fob.InDoubt {
		t.Errorf("got %v, outcome %v, want context.Canceled, InDoubt", err, fob.OutcomeOf(err))
	}
	if _, err = person(srv, oauth.Basic{Secret: secret}).Mint(ctx, srv.Issue("c")); fob.OutcomeOf(err) != fob.Transient {
		t.Errorf("nothing was sent: got %v, outcome %v, want Transient", err, fob.OutcomeOf(err))
	}
}

func TestHeaderWithALineEndIsNotSent(t *testing.T) {
	w := new(wire)
	c := &oauth.Client{TokenURL: "https://h/t", Transport: w, Header: map[string]oauth.SecretSource{"x-api-key": apiKey + "\n"}}
	_, err := oauth.ClientCredentials{Client: c}.Mint(t.Context(), fob.Token{})
	if err == nil || err.Error() != "header x-api-key: control character in it" || len(w.requests) != 0 {
		t.Errorf("got %v after %d requests, want a local error after none", err, len(w.requests))
	}
}

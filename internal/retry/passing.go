package retry

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"syscall"
)

// Passing reports whether err is trouble on the way that may pass: a connection refused, lost or timed out. A cancelled ctx, a
// certificate not trusted, a name that does not exist and all that is not the network's doing are not. An attempt's deadline counts as
// passing, since Do looks after the call's own.
func Passing(err error) bool {
	var cert *tls.CertificateVerificationError
	var dns *net.DNSError
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.As(err, &cert):
		return false
	case errors.As(err, &dns):
		return !dns.IsNotFound
	}
	return isNetwork(err)
}

func isNetwork(err error) bool {
	var netErr net.Error
	var errno syscall.Errno
	var stream streamError
	return errors.As(err, &netErr) || errors.As(err, &errno) || errors.As(err, &stream) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

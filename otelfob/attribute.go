package otelfob

import (
	"context"
	"errors"
	"net/url"
	"strconv"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/middleware"
	"go.opentelemetry.io/otel/attribute"
)

// Attributes. Those without "fob." are of the semantic conventions.
const (
	keyKey    = attribute.Key("fob.key")
	resultKey = attribute.Key("fob.result")
	reasonKey = attribute.Key("fob.mint.reason")
	stateKey  = attribute.Key("fob.breaker.state")
	waitKey   = attribute.Key("fob.retry.wait")

	errorKey   = attribute.Key("error.type")
	addressKey = attribute.Key("server.address")
	portKey    = attribute.Key("server.port")
	resendKey  = attribute.Key("http.request.resend_count")
)

var errNoToken = errors.New("no token")

// with adds what kind of error err is, if it is one, to a slice that nobody else has.
func with(err error, attrs ...attribute.KeyValue) []attribute.KeyValue {
	if err == nil {
		return attrs
	}
	return append(attrs, errorKey.String(errorType(err)))
}

// errorType is one word for err. Its text may be a server's.
func errorType(err error) string {
	switch {
	case errors.Is(err, fob.ErrLoginRequired):
		return "login_required"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, errNoToken):
		return "no_token"
	}
	switch fob.OutcomeOf(err) {
	case fob.Terminal:
		return "terminal"
	case fob.Local:
		return "local"
	case fob.InDoubt:
		return "in_doubt"
	}
	return "transient"
}

// failure is one word for what made an attempt fail: semantic conventions want the status, if there is one.
func failure(r middleware.Retried) string {
	var e interface{ Timeout() bool }
	switch {
	case r.Err == nil:
		return strconv.Itoa(r.Status)
	case errors.As(r.Err, &e) && e.Timeout():
		return "timeout"
	}
	return "network"
}

// server is an origin in the words of semantic conventions.
func server(origin string) []attribute.KeyValue {
	u, err := url.Parse(origin)
	if err != nil {
		return nil
	}
	port, err := strconv.Atoi(u.Port())
	switch {
	case err == nil:
	case u.Scheme == "https":
		port = 443
	default:
		port = 80
	}
	return []attribute.KeyValue{addressKey.String(u.Hostname()), portKey.Int(port)}
}

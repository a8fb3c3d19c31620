package rttest_test

import (
	"net/http"
	"testing"

	"github.com/fobkit/fob/middleware/rttest"
)

func TestTheBaseItself(t *testing.T) {
	rttest.Run(t, func(base http.RoundTripper) http.RoundTripper { return base })
}

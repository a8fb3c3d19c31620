// Package peer builds what the kit is measured beside: fob's chain, what a Go programmer takes instead of it today, and floors under
// both, each over the same network.
package peer

import (
	"net/http"
	"time"
)

// Origin is the API's. The token endpoint is a path of it, since registries' clients believe no other.
const (
	Host     = "api.example.com"
	Origin   = "https://" + Host
	TokenURL = Origin + "/token"
)

// Net is what a peer is built over.
type Net struct {
	API    http.RoundTripper // to Origin
	Tokens http.RoundTripper // to TokenURL

	// Early is how long before its expiry a token is replaced, by peers that can be told. Zero: the peer's own.
	Early time.Duration

	// Wait is how long is waited between attempts, by peers that can be told. Zero: the peer's own.
	Wait time.Duration

	Cold bool // the first token is got by the first request

	// Life and Aged are a token's life and how much of the first one's is over, for a cache that looks at both. Zero: the first token is new.
	Life, Aged time.Duration
}

// Peer is a library, or several glued together, as an http.RoundTripper.
type Peer struct {
	Name string
	Wrap func(Net) http.RoundTripper
}

// Peers. The floors keep the RoundTripper's contract and do nothing that can be left out: bounds, not products.
var (
	Bare       = Peer{"the transport underneath", func(n Net) http.RoundTripper { return n.API }}
	FloorAuth  = Peer{"floor: header alone", floorAuth}
	FloorStack = Peer{"floor: header, policy, breaker", floorStack}

	Fob        = Peer{"fob, the whole chain", fobChain}
	FobTimeout = Peer{"fob, with Timeout", fobTimeout}
	FobAuth    = Peer{"fob, Auth alone", fobAuth}

	Glued        = Peer{"oauth2 + retryablehttp + gobreaker", glued}
	OAuth2       = Peer{"x/oauth2", oauth2Transport}
	Cloud        = Peer{"cloud auth, no telemetry", cloudQuiet}
	CloudDefault = Peer{"cloud auth", cloud}
	Azure        = Peer{"azcore", azure}
	ORAS         = Peer{"oras-go", orasClient}
	GGCR         = Peer{"go-containerregistry", ggcr}
	Retryable    = Peer{"retryablehttp", retryable}
	Failsafe     = Peer{"failsafe-go, retry and breaker", failsafePolicies}
	Gobreaker    = Peer{"gobreaker", gobreak}

	// The same libraries in another way of theirs.
	FobKey      = Peer{"fob, with a key beside the token", fobKey}
	OAuth2Probe = Peer{"x/oauth2, style to be found", oauth2Probe}
	CloudKey    = Peer{"cloud auth, with a key", cloudKey}
	Rewound     = Peer{"retryablehttp, given GetBody", rewound}
)

// roundTrip is a RoundTripper from a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// must is for what cannot fail with the settings here.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

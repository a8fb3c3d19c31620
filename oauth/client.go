package oauth

import (
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Client is a registered client of an authorization server, and the way to ask that server. It is safe for use by
// several goroutines as long as its fields do not change.
type Client struct {
	Issuer        string // issuer identifier, for discovery and as an assertion's audience
	TokenURL      string // token endpoint. Empty: found by discovery from Issuer
	RevocationURL string // revocation endpoint. Empty: found by discovery from Issuer, if there is one

	AuthorizationURL string // where a person's browser is sent. Empty: as RevocationURL
	DeviceURL        string // device authorization endpoint (RFC 8628 §3.1). Empty: as RevocationURL
	KeysURL          string // JWK set of the keys that sign ID tokens. Empty: as RevocationURL
	IDIssuer         string // iss of ID tokens; {tid} in it stands for their claim of that name. Empty: Issuer

	ClientID    string
	Auth        ClientAuth // nil: None
	RefreshAuth ClientAuth // for refreshes. Nil: Auth

	Encoding      Encoding                // where the parameters go. Zero: Form
	Params        url.Values              // extra parameters of each token request
	RefreshParams url.Values              // extra parameters of refreshes. Nil: Params
	Header        map[string]SecretSource // extra headers of each token request

	Transport http.RoundTripper // nil: one for all Clients, with the environment's proxy
	Timeout   time.Duration     // for one token request with its retries and their waits. Zero: 30 s

	mu       sync.Mutex
	metadata metadata
	learned  time.Time // when metadata was; zero: not yet

	clock clock // of the server
	keys  keySet
}

const defaultTimeout = 30 * time.Second

func (c *Client) timeout() time.Duration {
	if c.Timeout == 0 {
		return defaultTimeout
	}
	return c.Timeout
}

func (c *Client) auth() ClientAuth {
	if c.Auth == nil {
		return None{}
	}
	return c.Auth
}

func (c *Client) refreshAuth() ClientAuth {
	if c.RefreshAuth == nil {
		return c.auth()
	}
	return c.RefreshAuth
}

func (c *Client) refreshParams() url.Values {
	if c.RefreshParams == nil {
		return c.Params
	}
	return c.RefreshParams
}

func (c *Client) transport() http.RoundTripper {
	if c.Transport == nil {
		return shared
	}
	return c.Transport
}

// shared is every Client's transport that has none of its own. Token requests are rare: few connections, and none kept long. It asks for
// no compression, so that the cap on an answer's size is one on what crosses the wire.
var shared = &http.Transport{
	Proxy:                  http.ProxyFromEnvironment,
	ForceAttemptHTTP2:      true,
	DisableCompression:     true,
	TLSHandshakeTimeout:    10 * time.Second,
	MaxIdleConnsPerHost:    2,
	IdleConnTimeout:        30 * time.Second,
	MaxResponseHeaderBytes: 64 << 10,
}

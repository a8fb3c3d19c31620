package oauth

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Settings are what a user says of a system, in the words of the configuration. Provider names a preset, which fills in what
// is left out; each field that is set wins over it.
type Settings struct {
	Provider string // "conductorone", "tokenos", "andopen", "blynk", "oidc", or one of kinds ("github", …). Empty: nothing is filled in

	Host       string // host and port of the system. conductorone: that of the client id; tokenos: that of the project
	Project    string // tokenos: the project's name
	Tenant     string // andopen: a parameter of each token request and a header of each API request; entra: the tenant; keycloak: the realm
	Staging    bool   // andopen: the staging server
	APIVersion string // andopen: the AndOpen-API-Version header of API requests

	Issuer        string
	TokenURL      string
	RevocationURL string
	API           string // root of the API. Its origin is where the tokens may go

	AuthorizationURL string // this and the next three: see Client
	DeviceURL        string
	KeysURL          string
	IDIssuer         string
	AuthParams       url.Values // of a person's login in a browser
	Redirects        []string   // where it ends

	// Grant is "client_credentials", "refresh_token", "static", "token_exchange", "jwt_bearer", "aws_web_identity", "registry", or, for a
	// person, "authorization_code" or "device_code", which are one. Empty: client_credentials.
	Grant   string
	Account string // tells apart the accounts and subjects of one client (all but client_credentials)

	ClientID     string
	ClientSecret SecretSource
	Key          KeySource    // for private_key_jwt
	APIKey       SecretSource // andopen: the x-api-key header of token and API requests
	TenantHeader string       // andopen: name of the tenant's header. Empty: x-andopen-tenant
	RefreshToken SecretSource // the first one, for refresh_token
	Token        SecretSource // for static

	Subject       SecretSource // the token that is given (token_exchange, jwt_bearer, aws_web_identity)
	SubjectType   string       // of Subject (token_exchange). Empty: jwt
	Actor         SecretSource // the token of who acts for the subject (token_exchange)
	ActorType     string       // of Actor. Empty: jwt
	RequestedType string       // of the token that is asked for (token_exchange)

	RoleARN, RoleSessionName string // aws_web_identity
	Region                   string // aws_web_identity: of the STS that is asked. Empty: TokenURL says

	Registry string                                  // registry: host and port, or http:// before those of one on loopback
	Service  func(http.Header) (TokenService, error) // registry: see Registry.Service

	// Auth is "basic", "raw" (Basic that is not form-encoded), "params", "private_key_jwt", "client_secret_jwt", "client_assertion", "none" or
	// "anonymous" (not even the id). Empty: private_key_jwt with a Key, client_assertion with a ClientAssertion, basic with a ClientSecret, else none.
	Auth        string
	RefreshAuth string // for refreshes. Empty: Auth

	ClientAssertion SecretSource // a JWT made elsewhere, for client_assertion

	Algorithm string // of the assertion's signature
	KeyID     string // kid of the assertion
	Assertion Assertion

	Encoding      Encoding
	Params        url.Values
	RefreshParams url.Values
	Header        map[string]SecretSource // of token requests
	APIHeader     map[string]SecretSource // of API requests

	Scopes, Audience, Resource []string

	Transport http.RoundTripper
	Timeout   time.Duration

	hosts []string // of the provider
}

// System is an authorization server and the API its tokens are for, ready to be asked.
type System struct {
	Client *Client
	Grant  Grant
	API    API
	Hosts  []string // host[:port] that its tokens are for beside the API's, each with a leading "*." if it stands for all below
}

// API is where a system's tokens go.
type API struct {
	Root   string                  // URL that its paths begin with. Empty: unknown, as for tokens of general use
	Header map[string]SecretSource // headers that it wants beside Authorization
}

// Origin is the API's scheme, host and port: the only place its tokens may go unasked. Empty where Root is.
func (a API) Origin() string {
	u, err := url.Parse(a.Root)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

var (
	errProvider = errors.New("none of " + strings.Join(slices.Sorted(maps.Keys(presets)), ", "))
	errGrant    = errors.New("none of client_credentials, refresh_token, static, token_exchange, jwt_bearer, aws_web_identity, registry, " +
		"authorization_code and device_code")
	errAuth = errors.New("none of basic, raw, params, private_key_jwt, client_secret_jwt, client_assertion, none and anonymous")
)

// Open makes a System of s. Its errors are of type *LocalError. Secrets are not read yet.
func (s Settings) Open() (System, error) {
	if s.Provider != "" {
		fill, ok := presets[s.Provider]
		if !ok {
			return System{}, &LocalError{"provider", errProvider}
		}
		if err := fill(&s); err != nil { // s is a copy; fill replaces maps and slices, it does not write to them
			return System{}, local("provider "+s.Provider, err)
		}
	}
	return s.system()
}

func (s Settings) system() (System, error) {
	auth, err := s.auth(s.Auth)
	if err != nil {
		return System{}, err
	}
	var refresh ClientAuth
	if s.RefreshAuth != "" {
		if refresh, err = s.auth(s.RefreshAuth); err != nil {
			return System{}, err
		}
	}
	client := &Client{
		Issuer: s.Issuer, TokenURL: s.TokenURL, RevocationURL: s.RevocationURL,
		AuthorizationURL: s.AuthorizationURL, DeviceURL: s.DeviceURL, KeysURL: s.KeysURL, IDIssuer: s.IDIssuer,
		ClientID: s.ClientID, Auth: auth, RefreshAuth: refresh,
		Encoding: s.Encoding, Params: s.Params, RefreshParams: s.RefreshParams, Header: s.Header,
		Transport: s.Transport, Timeout: s.Timeout,
	}
	grant, err := s.grant(client)
	if err != nil {
		return System{}, err
	}
	if s.API = cmp.Or(s.API, s.registryURL()); s.API != "" {
		if _, err := parseURL("API", s.API); err != nil {
			return System{}, err
		}
	}
	return System{client, grant, API{s.API, s.APIHeader}, s.hosts}, nil
}

func (s Settings) grant(c *Client) (Grant, error) {
	switch s.Grant {
	case opAuthorize, opDevice:
		return Person{c, s.Account, s.Scopes, s.Audience, s.Resource, s.AuthParams, s.Redirects}, nil
	case "", grantClientCredentials:
		return ClientCredentials{Client: c, Scopes: s.Scopes, Audience: s.Audience, Resource: s.Resource}, nil
	case grantRefreshToken:
		return RefreshToken{c, s.RefreshToken, s.Account, s.Scopes, s.Audience, s.Resource}, nil
	case grantStatic:
		return Static{s.Token, s.Account}, nil
	case grantTokenExchange:
		return TokenExchange{c, s.Subject, s.SubjectType, s.Actor, s.ActorType, s.RequestedType, s.Account, s.Scopes, s.Audience, s.Resource}, nil
	case grantRegistry:
		return s.registry(c), nil
	case grantAWSWebIdentity:
		c.TokenURL = cmp.Or(c.TokenURL, sts(s.Region))
		return AWSWebIdentity{c, s.Subject, s.RoleARN, s.RoleSessionName, s.Account}, nil
	case grantJWTBearer:
		return JWTBearer{c, s.Subject, s.Account, s.Scopes, s.Audience, s.Resource}, nil
	}
	return nil, &LocalError{"grant", errGrant}
}

// registryURL is the registry's origin. Docker Hub goes by names under which its registry is not.
func (s Settings) registryURL() string {
	switch {
	case s.Registry == "docker.io", s.Registry == "index.docker.io":
		return "https://registry-1.docker.io"
	case s.Registry == "", strings.Contains(s.Registry, "://"):
		return s.Registry
	}
	return "https://" + s.Registry
}

// registry shows name and password as they are: nobody decodes them there.
func (s Settings) registry(c *Client) Registry {
	c.Issuer, c.TokenURL, c.Auth = "", "", None{Anonymous: true}
	if s.ClientSecret != nil {
		c.Auth = Basic{s.ClientSecret, true}
	}
	return Registry{s.registryURL(), c, s.RefreshToken, s.Account, s.Scopes, s.Service}
}

// sts is the endpoint of a region's STS.
func sts(region string) string {
	if strings.HasPrefix(region, "cn-") {
		return "https://sts." + region + ".amazonaws.com.cn/"
	}
	return "https://sts." + region + ".amazonaws.com/"
}

func (s Settings) auth(method string) (ClientAuth, error) {
	switch method {
	case "":
		return s.usualAuth(), nil
	case "basic", "raw":
		return Basic{s.ClientSecret, method == "raw"}, nil
	case "params":
		return Params{s.ClientSecret}, nil
	case "private_key_jwt":
		return PrivateKeyJWT{s.Key, s.Algorithm, s.KeyID, s.Assertion}, nil
	case "client_secret_jwt":
		return ClientSecretJWT{s.ClientSecret, s.Algorithm, s.KeyID, s.Assertion}, nil
	case "client_assertion":
		return ClientAssertion{s.ClientAssertion}, nil
	case "none", "anonymous":
		return None{method == "anonymous"}, nil
	}
	return nil, &LocalError{"auth", errAuth}
}

func (s Settings) usualAuth() ClientAuth {
	switch {
	case s.Key != nil:
		return PrivateKeyJWT{s.Key, s.Algorithm, s.KeyID, s.Assertion}
	case s.ClientAssertion != nil:
		return ClientAssertion{s.ClientAssertion}
	case s.ClientSecret != nil:
		return Basic{Secret: s.ClientSecret}
	}
	return None{}
}

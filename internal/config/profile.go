package config

import (
	"slices"
	"time"

	"github.com/fobkit/fob/internal/route"
)

// Profile is one entry of the configuration, as it was written: what is left out is empty here, and for package oauth and its
// presets to fill in. Each key that holds no table is a FOB_ variable too.
type Profile struct {
	Name string

	Provider string `toml:"provider"` // one of providers; empty: none of them
	Host     string `toml:"host"`     // host[:port] of the system, where there are many of its kind
	Server   string `toml:"server"`   // blynk: host[:port]
	Project  string `toml:"project"`  // tokenos: name of the project

	Issuer             string `toml:"issuer"`
	TokenEndpoint      string `toml:"token_endpoint"`
	RevocationEndpoint string `toml:"revocation_endpoint"`
	API                string `toml:"api"` // root of the API that the tokens are for
	CAFile             string `toml:"ca_file"`

	AuthorizationEndpoint string          `toml:"authorization_endpoint"`        // for a person
	DeviceEndpoint        string          `toml:"device_authorization_endpoint"` // for a person, as the next three
	JWKS                  string          `toml:"jwks_uri"`
	AuthParams            map[string]List `toml:"auth_params"`
	RedirectURI           List            `toml:"redirect_uri"` // the first whose port is free is taken

	Grant             string    `toml:"grant"` // see GrantType for what empty means
	ClientID          string    `toml:"client_id"`
	ClientSecret      SecretRef `toml:"client_secret"`
	ClientAuth        string    `toml:"client_auth"`
	RefreshClientAuth string    `toml:"refresh_client_auth"` // client_auth of refreshes; empty: the same
	RawBasic          bool      `toml:"raw_basic"`           // id and secret are not form-encoded before Basic
	PrivateKey        SecretRef `toml:"private_key"`
	ClientAssertion   SecretRef `toml:"client_assertion"` // made elsewhere
	Assertion         Assertion `toml:"assertion"`

	Encoding      string               `toml:"encoding"`
	Scopes        List                 `toml:"scopes"`
	Audience      List                 `toml:"audience"`
	Resource      List                 `toml:"resource"`
	Params        map[string]List      `toml:"params"`
	RefreshParams map[string]List      `toml:"refresh_params"` // params of refreshes; empty: the same
	Headers       map[string]SecretRef `toml:"headers"`        // of token requests
	APIHeaders    map[string]SecretRef `toml:"api_headers"`    // of API requests

	RefreshToken SecretRef `toml:"refresh_token"` // the first one
	Token        SecretRef `toml:"token"`         // for the grant static

	SubjectToken       SecretRef `toml:"subject_token"` // for token_exchange, jwt_bearer, aws_web_identity
	SubjectTokenType   string    `toml:"subject_token_type"`
	ActorToken         SecretRef `toml:"actor_token"` // for token_exchange, as the next three
	ActorTokenType     string    `toml:"actor_token_type"`
	RequestedTokenType string    `toml:"requested_token_type"`

	RoleARN         string `toml:"role_arn"`          // for aws_web_identity
	RoleSessionName string `toml:"role_session_name"` // for aws_web_identity
	Region          string `toml:"region"`            // for aws_web_identity
	Registry        string `toml:"registry"`          // for registry: its host[:port]

	Certificate    SecretRef `toml:"certificate"`     // of a client, in PEM
	CertificateKey SecretRef `toml:"certificate_key"` // its private key, in PEM

	Tenant       string    `toml:"tenant"`        // andopen, entra; keycloak: the realm
	TenantHeader string    `toml:"tenant_header"` // andopen
	APIKey       SecretRef `toml:"api_key"`       // andopen
	APIVersion   string    `toml:"api_version"`   // andopen
	Staging      bool      `toml:"staging"`       // andopen

	Hosts    []route.Pattern `toml:"hosts"` // where its tokens may go
	Username string          `toml:"username"`
	Allow    List            `toml:"allow"` // front-ends whose protocol names no host
	GitAuth  string          `toml:"git_auth"`

	KubernetesToken string `toml:"kubernetes_token"` // access, id; empty: access

	Store         StoreURL  `toml:"store"`          // where machines share its tokens; empty: nowhere
	StorePassword SecretRef `toml:"store_password"` // in place of the URL's
	StoreKeys     SecretRef `toml:"store_keys"`     // one a line: the first seals what lies there, each opens
	StoreCAFile   string    `toml:"store_ca_file"`

	marks marks // by key; "" is the profile itself
}

// List is a list of strings; a string alone is a list of one.
type List []string

// Duration is written as time.ParseDuration reads it: "90s", "-2m".
type Duration time.Duration

// Assertion is what a client's signed statement contains (RFC 7523 §3). What is left out is for package oauth to fill in.
type Assertion struct {
	Audience  Audience          `toml:"audience"`
	Lifetime  Duration          `toml:"lifetime"`
	NotBefore Duration          `toml:"not_before"` // from now: negative
	Algorithm string            `toml:"algorithm"`
	KeyID     string            `toml:"kid"`
	JTI       *bool             `toml:"jti"`
	Nonce     *bool             `toml:"nonce"`
	Header    map[string]string `toml:"header"` // more members of the protected header
}

// Audience is the aud of an assertion, which some servers want as a string and some as a list even of one.
type Audience struct {
	Values []string
	List   bool // it was written as a list
}

// The grants.
const (
	ClientCredentials = "client_credentials"
	RefreshToken      = "refresh_token"
	Static            = "static"
	DeviceCode        = "device_code"
	AuthorizationCode = "authorization_code"
	TokenExchange     = "token_exchange"
	JWTBearer         = "jwt_bearer"
	AWSWebIdentity    = "aws_web_identity"
	Registry          = "registry"
	Certificate       = "certificate" // no token at all: the profile is a client certificate
)

// GrantType is the grant. Left out, the first of these keys that is there says it: token, registry, refresh_token, role_arn, subject_token,
// client_id, certificate. It is client_credentials otherwise; of a provider whose clients are people's, authorization_code.
func (p *Profile) GrantType() string {
	switch {
	case p.Grant != "":
		return p.Grant
	case !p.Token.IsZero():
		return Static
	case p.Registry != "":
		return Registry
	case !p.RefreshToken.IsZero():
		return RefreshToken
	case p.RoleARN != "":
		return AWSWebIdentity
	case !p.SubjectToken.IsZero():
		return TokenExchange
	case p.ClientID == "" && !p.Certificate.IsZero():
		return Certificate
	case slices.Contains(ofPeople, p.Provider), slices.Contains(ofBoth, p.Provider) && !p.proves():
		return AuthorizationCode
	}
	return ClientCredentials
}

// proves reports whether p's client can show who it is: a public one never asks in its own name.
func (p *Profile) proves() bool {
	return !p.ClientSecret.IsZero() || !p.PrivateKey.IsZero() || !p.ClientAssertion.IsZero()
}

// Person reports whether it takes a person to get p's first token.
func (p *Profile) Person() bool {
	return p.GrantType() == DeviceCode || p.GrantType() == AuthorizationCode
}

// Kept reports whether p's tokens are kept in the cache: not where a token or certificate lies in the configuration.
func (p *Profile) Kept() bool { return p.GrantType() != Static && p.GrantType() != Certificate }

// Origin says where key was written: the zero Origin if it was not.
func (p *Profile) Origin(key string) Origin { return p.marks[key] }

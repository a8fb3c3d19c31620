package config

import (
	"cmp"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fobkit/fob/internal/route"
)

// check finds the first thing in c that cannot be meant, profiles in the order of their names.
func (c *Config) check() error {
	for _, name := range c.Names() {
		p := c.Profiles[name]
		if key, reason := p.check(); reason != "" {
			return p.error(key, reason)
		}
	}
	if err := c.checkChains(); err != nil {
		return err
	}
	if err := c.checkShared(); err != nil {
		return err
	}
	if c.Default != "" && c.Profiles[c.Default] == nil {
		return &Error{c.marks["default"], "default", "no profile of that name" + didYouMean(similar(c.Default, c.Names()))}
	}
	if c.Chosen != "" && c.Profiles[c.Chosen] == nil {
		return &Error{Origin{Env: "FOB_PROFILE"}, "", "no profile of that name" + didYouMean(similar(c.Chosen, c.Names()))}
	}
	return nil
}

// error says what is wrong with p's key, in the words of whoever wrote it: of what is missing, where p begins.
func (p *Profile) error(key, reason string) error {
	full := "profile." + p.Name
	if key != "" {
		full += "." + key
	}
	return &Error{p.marks.near(key), full, reason}
}

func (p *Profile) check() (key, reason string) {
	for _, check := range []func(*Profile) (string, string){
		checkName, checkWords, checkURLs, checkHosts, checkSecrets, checkTables, checkAssertion, checkProvider, checkKeysOfGrants, checkGrant, checkAuth, checkStore,
	} {
		if key, reason = check(p); reason != "" {
			return key, reason
		}
	}
	return "", ""
}

// checkName keeps names fit for the names of programs, files and lines.
func checkName(p *Profile) (key, reason string) {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("._-", r)
	}
	if p.Name == "" || len(p.Name) > 64 || strings.Trim(p.Name[:1], "._-") == "" ||
		strings.ContainsFunc(p.Name, func(r rune) bool { return !plain(r) }) {
		return "", "wants a name of at most 64 letters, digits, '.', '_' and '-' that begins with a letter or digit"
	}
	return "", ""
}

var (
	ofPeople   = []string{"github", "gitlab", "gitea", "google"} // have no client_credentials to speak of
	ofBoth     = []string{"entra", "okta", "auth0", "keycloak"}
	providers  = slices.Concat([]string{"conductorone", "tokenos", "andopen", "blynk", "oidc"}, ofPeople, ofBoth)
	grants     = []string{ClientCredentials, RefreshToken, Static, DeviceCode, AuthorizationCode, TokenExchange, JWTBearer, AWSWebIdentity, Registry, Certificate}
	auths      = []string{"basic", "params", "private_key_jwt", "client_secret_jwt", "client_assertion", "none", "client_secret_basic", "client_secret_post"}
	algorithms = []string{"EdDSA", "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "HS256", "HS384", "HS512"}
)

// registered are the names for our words that servers list in their metadata (RFC 7591 §2, RFC 8414 §2).
var registered = map[string]string{"client_secret_basic": "basic", "client_secret_post": "params"}

func ownWord(auth string) string { return cmp.Or(registered[auth], auth) }

func checkWords(p *Profile) (key, reason string) {
	for _, c := range []struct {
		key   string
		words []string
		known []string
	}{
		{"provider", []string{p.Provider}, providers},
		{"grant", []string{p.Grant}, grants},
		{"client_auth", []string{p.ClientAuth}, auths},
		{"refresh_client_auth", []string{p.RefreshClientAuth}, append(slices.Clone(auths), "anonymous")},
		{"assertion.algorithm", []string{p.Assertion.Algorithm}, algorithms},
		{"encoding", []string{p.Encoding}, []string{"form", "json", "query"}},
		{"git_auth", []string{p.GitAuth}, []string{"basic", "bearer"}},
		{"kubernetes_token", []string{p.KubernetesToken}, []string{"access", "id"}},
		{"allow", p.Allow, route.Fronts},
	} {
		for _, word := range c.words {
			if word != "" && !slices.Contains(c.known, word) {
				return c.key, "wants one of " + strings.Join(c.known, ", ") + didYouMean(similar(word, c.known))
			}
		}
	}
	return "", ""
}

func checkURLs(p *Profile) (key, reason string) {
	for _, c := range []struct{ key, url string }{
		{"issuer", p.Issuer}, {"token_endpoint", p.TokenEndpoint}, {"revocation_endpoint", p.RevocationEndpoint}, {"api", p.API},
		{"authorization_endpoint", p.AuthorizationEndpoint}, {"device_authorization_endpoint", p.DeviceEndpoint}, {"jwks_uri", p.JWKS},
	} {
		if reason := badURL(c.url); c.url != "" && reason != "" {
			return c.key, reason
		}
	}
	for _, raw := range p.RedirectURI {
		if u, err := url.Parse(raw); err != nil || u.Scheme != "http" || u.RawQuery != "" || badURL(raw) != "" {
			return "redirect_uri", "wants http URLs on 127.0.0.1, [::1] or localhost, without query"
		}
	}
	if strings.Contains(p.Issuer, "?") {
		return "issuer", "wants no query (RFC 8414 §2)"
	}
	return "", ""
}

// badURL says what is wrong with a URL, which it does not quote: someone may have written a password into it.
func badURL(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "wants an https URL"
	case u.User != nil:
		return "wants a URL without user"
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return "wants a URL without fragment"
	}
	t, err := ParseTarget(u.Scheme, u.Host, "")
	switch {
	case err != nil:
		return err.Error()
	case t.Scheme == "http" && !route.Loopback(t.Host):
		return "wants an https URL; http is for 127.0.0.0/8, [::1] and localhost only"
	}
	return ""
}

func checkHosts(p *Profile) (key, reason string) {
	for _, c := range []struct{ key, host string }{{"host", p.Host}, {"server", p.Server}} {
		if c.host == "" {
			continue
		}
		if _, err := ParseTarget("https", c.host, ""); err != nil {
			return c.key, err.Error()
		}
	}
	switch {
	case p.Project != "" && (strings.ContainsAny(p.Project, ".:") || badURL("https://"+p.Project) != ""):
		return "project", "wants the name of a project"
	case p.CAFile != "" && !filepath.IsAbs(p.CAFile):
		return "ca_file", "wants an absolute path"
	case strings.Contains(p.Username, ":"):
		return "username", "has a colon, which ends a user name (RFC 7617 §2)"
	}
	return "", ""
}

func checkSecrets(p *Profile) (key, reason string) {
	p.eachSecret(func(k string, r *SecretRef) {
		if _, written := p.marks[k]; written && reason == "" {
			key, reason = k, r.bad(k)
		}
	})
	return key, reason
}

// vouchers are the keys whose secret somebody else may issue for the occasion.
var vouchers = []string{"subject_token", "actor_token", "client_assertion"}

// bad says what is wrong with a reference that was written under key.
func (r *SecretRef) bad(key string) string {
	voucher := slices.Contains(vouchers, key)
	switch n := r.sources(); {
	case r.Token != "" && r.Profile == "":
		return "token says which of a profile's"
	case n == 0:
		return "is empty"
	case n > 1 && voucher:
		return "wants one of env, file, command, keyring, github_actions, profile and request"
	case n > 1:
		return "wants one of env, file, command and keyring"
	case !voucher && (r.GitHubActions != "" || r.Profile != ""):
		return "github_actions and profile are only for " + strings.Join(vouchers, ", ")
	case r.Request && key != "subject_token":
		return "request is only for subject_token"
	case r.Token != "" && r.Token != "access" && r.Token != "id":
		return `wants token = "access" or "id"`
	case r.File != "" && !filepath.IsAbs(r.File):
		return "wants an absolute path"
	case r.Command != nil && len(r.Command) == 0:
		return "wants a command"
	case r.Command != nil && !filepath.IsAbs(r.Command[0]) && filepath.Base(r.Command[0]) != r.Command[0]:
		return "wants a command by its absolute path or its bare name"
	case strings.ContainsAny(r.Env, "= "):
		return "wants the name of a variable"
	}
	return ""
}

// ownKeys are the parameters that have a key of their own: those under params show up in the names of records, and would win.
var ownKeys = []string{
	"grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type", "refresh_token", "scope", "audience", "resource",
	"subject_token", "subject_token_type", "actor_token", "actor_token_type", "requested_token_type", "assertion",
}

// flowKeys are those of the request that a browser carries, besides.
var flowKeys = []string{"response_type", "redirect_uri", "state", "nonce", "code_challenge", "code_challenge_method", "request", "request_uri"}

func checkTables(p *Profile) (key, reason string) {
	for _, name := range slices.Concat(ownKeys, flowKeys) {
		if _, ok := p.AuthParams[name]; ok {
			return "auth_params." + name, "is not for a profile to say"
		}
	}
	for _, name := range ownKeys {
		if _, ok := p.Params[name]; ok {
			return "params." + name, "has a key of its own"
		}
		if _, ok := p.RefreshParams[name]; ok {
			return "refresh_params." + name, "has a key of its own"
		}
	}
	switch {
	case !areTokens(p.Headers):
		return "headers", "wants the names of headers"
	case !areTokens(p.APIHeaders):
		return "api_headers", "wants the names of headers"
	case p.TenantHeader != "" && !isToken(p.TenantHeader):
		return "tenant_header", "wants the name of a header"
	}
	return "", ""
}

func areTokens(headers map[string]SecretRef) bool {
	for name := range headers {
		if !isToken(name) {
			return false
		}
	}
	return true
}

// isToken reports whether s can be the name of a header (RFC 9110 §5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r) })
}

func checkAssertion(p *Profile) (key, reason string) {
	life, before := time.Duration(p.Assertion.Lifetime), time.Duration(p.Assertion.NotBefore)
	_, written := p.marks["assertion.lifetime"]
	switch {
	case written && (life < time.Second || life > time.Hour):
		return "assertion.lifetime", `wants "1s" to "1h"`
	case before < -time.Hour || before > 0:
		return "assertion.not_before", `wants "-1h" to "0s"`
	}
	return "", ""
}

// checkProvider refuses keys of one provider in a profile of another.
func checkProvider(p *Profile) (key, reason string) {
	for _, c := range []struct{ key, providers string }{
		{"host", "conductorone tokenos github gitlab gitea entra okta auth0 keycloak"}, {"server", "blynk"}, {"project", "tokenos"},
		{"tenant", "andopen entra keycloak"}, {"tenant_header", "andopen"}, {"api_key", "andopen"}, {"api_version", "andopen"}, {"staging", "andopen"},
	} {
		if _, written := p.marks[c.key]; written && !slices.Contains(strings.Fields(c.providers), p.Provider) {
			reason = "only for provider " + strings.ReplaceAll(c.providers, " ", ", ")
			if c.key == "host" {
				reason += didYouMean(p.nameOf("hosts"))
			}
			return c.key, reason
		}
	}
	return "", ""
}

func checkGrant(p *Profile) (key, reason string) {
	grant := p.GrantType()
	switch {
	case grant == Static:
		return checkStatic(p)
	case !p.Token.IsZero():
		return "token", "only for grant static"
	case grant == AWSWebIdentity || grant == Registry || grant == Certificate:
		return "", "" // checkKeysOfGrants has seen to them
	case grant == RefreshToken && p.RefreshToken.IsZero():
		return "grant", p.missing("refresh_token")
	case p.Provider == "" && p.Issuer == "" && p.TokenEndpoint == "":
		return "", p.missing("issuer") + ", or token_endpoint, or provider"
	case p.Person() && p.Provider == "" && p.Issuer == "" && p.AuthorizationEndpoint == "" && p.DeviceEndpoint == "":
		return "", p.missing("authorization_endpoint") + ", or device_authorization_endpoint, or issuer"
	case p.Provider == "oidc" && p.Issuer == "":
		return "provider", p.missing("issuer")
	case p.ClientID == "" && (grant == ClientCredentials || grant == DeviceCode || grant == AuthorizationCode || p.Provider == "conductorone"):
		return "", p.missing("client_id")
	}
	return "", ""
}

// checkStatic refuses credentials beside a token: nobody could tell which of them was meant.
func checkStatic(p *Profile) (key, reason string) {
	switch {
	case p.Token.IsZero():
		return "grant", p.missing("token")
	case !p.ClientSecret.IsZero():
		return "client_secret", "not beside token"
	case !p.PrivateKey.IsZero():
		return "private_key", "not beside token"
	case !p.RefreshToken.IsZero():
		return "refresh_token", "not beside token"
	}
	return "", ""
}

func checkAuth(p *Profile) (key, reason string) {
	jwt := strings.HasSuffix(p.ClientAuth, "_jwt") || strings.HasSuffix(p.RefreshClientAuth, "_jwt")
	usual := p.ClientAuth == ""
	_, assertion := p.marks["assertion"]
	switch {
	case p.RawBasic && !usual && p.ClientAuth != "basic" && p.RefreshClientAuth != "basic":
		return "raw_basic", "only for client_auth basic"
	case p.ClientAuth == "none" && !p.ClientSecret.IsZero():
		return "client_secret", "not beside client_auth none"
	case !p.PrivateKey.IsZero() && !usual && p.ClientAuth != "private_key_jwt" && p.RefreshClientAuth != "private_key_jwt":
		return "private_key", "only for client_auth private_key_jwt"
	case p.ClientAuth == "private_key_jwt" && p.PrivateKey.IsZero() && (p.Provider != "conductorone" || p.ClientSecret.IsZero()):
		return "client_auth", p.missing("private_key")
	case slices.Contains([]string{"basic", "params", "client_secret_jwt"}, p.ClientAuth) && p.ClientSecret.IsZero():
		return "client_auth", p.missing("client_secret")
	case p.ClientAuth == "client_assertion" && p.ClientAssertion.IsZero():
		return "client_auth", p.missing("client_assertion")
	case !p.ClientAssertion.IsZero() && p.ClientID == "": // RFC 7521 §4.2 can do without, but then nothing tells two clients' tokens apart
		return "client_assertion", p.missing("client_id")
	case !p.ClientAssertion.IsZero() && !usual && p.ClientAuth != "client_assertion" && p.RefreshClientAuth != "client_assertion":
		return "client_assertion", "only for client_auth client_assertion"
	case assertion && !jwt && p.PrivateKey.IsZero() && p.Provider != "conductorone":
		return "assertion", "only for client_auth private_key_jwt or client_secret_jwt"
	}
	return "", ""
}

// missing says that a key is, by the name under which whoever wrote p would look for it.
func (p *Profile) missing(key string) string { return p.nameOf(key) + " is missing" }

func (p *Profile) nameOf(key string) string {
	if p.Name == EnvProfile {
		return variable(key)
	}
	return key
}

package oauthtest

import (
	"net/http"
	"slices"
)

const (
	oidcMetadata  = "/.well-known/openid-configuration"       // behind the issuer's path (OpenID Connect Discovery §4)
	oauthMetadata = "/.well-known/oauth-authorization-server" // before it (RFC 8414 §3.1)
)

// Issuer is the issuer that metadata states on the https side.
func (s *Server) Issuer() string { return s.URL + s.opts.Load().IssuerPath }

func issuer(o *Options, r *http.Request) string { return base(r) + o.IssuerPath }

func isMetadata(o *Options, path string) bool {
	return path == o.IssuerPath+oidcMetadata || path == oauthMetadata+o.IssuerPath
}

func serveMetadata(o *Options, w http.ResponseWriter, r *http.Request) {
	m := map[string]any{
		"issuer":                                           issuer(o, r),
		"token_endpoint":                                   base(r) + o.TokenPath,
		"revocation_endpoint":                              base(r) + revokePath,
		"introspection_endpoint":                           base(r) + introspectPath,
		"authorization_endpoint":                           base(r) + authorizePath,
		"device_authorization_endpoint":                    base(r) + devicePath,
		"jwks_uri":                                         base(r) + keysPath,
		"response_types_supported":                         []string{"code"},
		"grant_types_supported":                            grants,
		"code_challenge_methods_supported":                 []string{"S256"},
		"id_token_signing_alg_values_supported":            []string{"ES256"},
		"authorization_response_iss_parameter_supported":   true,
		"require_pushed_authorization_requests":            o.Person.PushOnly,
		"token_endpoint_auth_methods_supported":            o.authMethods(),
		"token_endpoint_auth_signing_alg_values_supported": o.Assertion.algs(),
	}
	if o.Person.Push || o.Person.PushOnly {
		m["pushed_authorization_request_endpoint"] = base(r) + pushPath
	}
	for name, value := range o.Metadata {
		m[name] = value
		if value == nil {
			delete(m, name)
		}
	}
	reply(w, http.StatusOK, m)
}

// authMethods are those that some client may use.
func (o *Options) authMethods() []string {
	methods := []string{}
	for _, a := range []Auth{Basic, Params, PrivateKeyJWT, SecretJWT, None} {
		if slices.ContainsFunc(o.Clients, func(c Client) bool { return c.may(a) }) {
			methods = append(methods, string(a))
		}
	}
	return methods
}

package config

import (
	"slices"
	"strings"
)

const person = AuthorizationCode + " " + DeviceCode

// ofGrants are the keys that few grants have a use for, those that a grant needs among them.
var ofGrants = []struct {
	key, grants string
	needed      bool
}{
	{"subject_token", "token_exchange jwt_bearer aws_web_identity", true},
	{"subject_token_type", "token_exchange", false},
	{"actor_token", "token_exchange", false},
	{"actor_token_type", "token_exchange", false},
	{"requested_token_type", "token_exchange", false},
	{"role_arn", "aws_web_identity", true},
	{"role_session_name", "aws_web_identity", false},
	{"region", "aws_web_identity", false},
	{"registry", "registry", true},
	{"certificate", "certificate", true},
	{"authorization_endpoint", person, false},
	{"device_authorization_endpoint", person, false},
	{"jwks_uri", person, false},
	{"auth_params", person, false},
	{"redirect_uri", person, false},
}

// checkKeysOfGrants refuses keys of one grant in a profile of another, and a grant without the keys that it needs.
func checkKeysOfGrants(p *Profile) (key, reason string) {
	for _, c := range ofGrants {
		_, written := p.marks[c.key]
		switch mine := slices.Contains(strings.Fields(c.grants), p.GrantType()); {
		case written && !mine && c.key != "certificate": // which any profile may have beside its token
			return c.key, "only for grant " + strings.Join(strings.Fields(c.grants), ", ")
		case !written && mine && c.needed:
			return p.near("grant"), p.missing(c.key)
		}
	}
	for _, check := range []func(*Profile) (string, string){checkPair, checkTokenTypes, checkAWS, checkRegistry} {
		if key, reason := check(p); reason != "" {
			return key, reason
		}
	}
	return "", ""
}

// near is key if it was written; else the profile itself is to blame.
func (p *Profile) near(key string) string {
	if _, written := p.marks[key]; written {
		return key
	}
	return ""
}

func checkPair(p *Profile) (key, reason string) {
	switch {
	case p.CertificateKey.IsZero() && !p.Certificate.IsZero():
		return "certificate", p.missing("certificate_key")
	case p.Certificate.IsZero() && !p.CertificateKey.IsZero():
		return "certificate_key", p.missing("certificate")
	}
	return "", ""
}

// tokenTypes are the words of RFC 8693 §3. Whatever has a colon is a URI of somebody else's.
var tokenTypes = []string{"access_token", "id_token", "jwt", "refresh_token", "saml1", "saml2"}

func checkTokenTypes(p *Profile) (key, reason string) {
	for _, c := range []struct{ key, word string }{
		{"subject_token_type", p.SubjectTokenType}, {"actor_token_type", p.ActorTokenType}, {"requested_token_type", p.RequestedTokenType},
	} {
		if c.word != "" && !strings.Contains(c.word, ":") && !slices.Contains(tokenTypes, c.word) {
			return c.key, "wants a URI or one of " + strings.Join(tokenTypes, ", ") + didYouMean(similar(c.word, tokenTypes))
		}
	}
	switch {
	case p.ActorTokenType != "" && p.ActorToken.IsZero():
		return "actor_token_type", p.missing("actor_token")
	case strings.HasSuffix(p.RequestedTokenType, "refresh_token"):
		return "requested_token_type", "a refresh token is of no use to a tool"
	}
	return "", ""
}

const lower, upper, digits = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"

// isARN leaves the account out of it, as servers other than Amazon's do.
func isARN(s string) bool {
	part := strings.SplitN(s, ":", 6)
	return len(part) == 6 && part[0] == "arn" && part[2] == "iam" && strings.HasPrefix(part[5], "role/") && len(s) <= 2048
}

// isSession reports whether s is what AssumeRoleWithWebIdentity takes as RoleSessionName.
func isSession(s string) bool {
	return len(s) >= 2 && len(s) <= 64 && strings.Trim(s, lower+upper+digits+"_+=,.@-") == ""
}

func checkAWS(p *Profile) (key, reason string) {
	switch {
	case p.GrantType() != AWSWebIdentity:
		return "", ""
	case !isARN(p.RoleARN):
		return "role_arn", "wants arn:aws:iam::ACCOUNT:role/NAME"
	case p.RoleSessionName != "" && !isSession(p.RoleSessionName):
		return "role_session_name", "wants 2 to 64 letters, digits and _+=,.@-"
	case strings.Trim(p.Region, lower+digits+"-") != "":
		return "region", "wants the name of a region"
	case p.Region == "" && p.TokenEndpoint == "":
		return "", p.missing("region") + ", or token_endpoint"
	}
	return "", ""
}

// checkRegistry takes what a pattern of hosts would be, without star and path.
func checkRegistry(p *Profile) (key, reason string) {
	if p.Registry == "" {
		return "", ""
	}
	host, err := ParsePattern(p.Registry)
	switch {
	case err != nil:
		return "registry", err.Error()
	case host.Path != "" || strings.HasPrefix(host.Host, "*"):
		return "registry", "wants the host of one registry"
	case p.ClientAuth != "":
		return "client_auth", "not for grant registry"
	case !p.ClientSecret.IsZero() && p.ClientID == "":
		return "client_secret", p.missing("client_id")
	case !p.ClientSecret.IsZero() && !p.RefreshToken.IsZero():
		return "refresh_token", "not beside client_secret"
	}
	return "", ""
}

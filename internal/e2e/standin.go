package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// awsSTS stands in for AWS's security token service. It knows one role, and whoever shows jwt.
type awsSTS struct {
	url      string
	jwt      fob.Secret
	requests atomic.Int32
}

const (
	awsRole = "arn:aws:iam::123456789012:role/build"
	awsKey  = "wJalr/fob-canary-7f3a9c+"
)

func startAWS(t *testing.T, a *authority, jwt fob.Secret) *awsSTS {
	t.Helper()
	s := &awsSTS{jwt: jwt}
	s.url = a.serve(t, s).URL
	return s
}

// ServeHTTP answers AssumeRoleWithWebIdentity, which nobody signs.
func (s *awsSTS) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	n := s.requests.Add(1)
	w.Header().Set("Content-Type", "text/xml")
	if req.PostFormValue("Action") != "AssumeRoleWithWebIdentity" || req.PostFormValue("RoleArn") != awsRole || fob.Secret(req.PostFormValue("WebIdentityToken")) != s.jwt {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")
		return
	}
	fmt.Fprintf(w, `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>`+
		`<Credentials><AccessKeyId>ASIA%d</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken>session-%s</SessionToken>`+
		`<Expiration>%s</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
		n, awsKey, awsKey, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
}

// googleSTS stands in for Google's: it takes an ID token of p's for alice.
func googleSTS(t *testing.T, p *provider) http.HandlerFunc {
	t.Helper()
	resp, err := p.http.Get(p.issuer + "/jwks")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var keys jose.JSONWebKeySet
	if err := json.NewDecoder(resp.Body).Decode(&keys); err != nil {
		t.Fatal(err)
	}
	return func(w http.ResponseWriter, req *http.Request) {
		token, err := jwt.ParseSigned(req.PostFormValue("subject_token"), []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA})
		var claims jwt.Claims
		if err == nil {
			err = token.Claims(keys, &claims)
		}
		if err != nil || claims.Validate(jwt.Expected{Issuer: p.issuer, Subject: "alice"}) != nil {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
			return
		}
		writeJSON(w, http.StatusOK, map[string]any{
			"access_token": "of-google-fob-canary-7f3a9c", "issued_token_type": "urn:ietf:params:oauth:token-type:access_token", "token_type": "Bearer", "expires_in": 600,
		})
	}
}

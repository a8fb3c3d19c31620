package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/retry"
)

const grantAWSWebIdentity = "aws_web_identity"

// TypeAWS4 is the Type of a Token of AWSWebIdentity: it signs requests (AWS Signature Version 4) and is presented to nobody.
const TypeAWS4 = "AWS4"

// AWSWebIdentity assumes a role of AWS's with a JWT that the account trusts (STS AssumeRoleWithWebIdentity). The Token's Access is a JSON object
// of AccessKeyId, SecretAccessKey, SessionToken and, if the role names its account, AccountId; its Type is TypeAWS4.
type AWSWebIdentity struct {
	Client      *Client      // TokenURL is STS, its Params go along: DurationSeconds, Policy. It does not authenticate
	Subject     SecretSource // the JWT
	RoleARN     string
	SessionName string // how the role's doings are logged. Empty: fob
	Account     string // tells apart the subjects of one role, in the Key
}

// Mint reads the JWT and assumes the role. An *Error's Code is STS's, if it is a well-known one.
func (g AWSWebIdentity) Mint(ctx context.Context, _ fob.Token) (fob.Token, error) {
	jwt, err := reveal(ctx, "subject token", g.Subject)
	if err != nil {
		return fob.Token{}, err
	}
	endpoint, err := parseURL("token endpoint", g.Client.TokenURL)
	if err != nil {
		return fob.Token{}, err
	}
	params := clone(g.Client.Params)
	for name, value := range map[string]string{
		"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": g.RoleARN, "RoleSessionName": g.session(), "WebIdentityToken": string(jwt),
	} {
		params.Set(name, value)
	}
	// XML it is: only Amazon's own STS answers in JSON too.
	q := question{op: grantAWSWebIdentity, endpoint: endpoint, params: params, auth: None{Anonymous: true}, wants: "text/xml"}
	a, err := g.Client.ask(ctx, q)
	if err != nil {
		return fob.Token{}, err
	}
	return g.read(a, q)
}

func (g AWSWebIdentity) session() string { return cmp.Or(g.SessionName, "fob") }

func (g AWSWebIdentity) read(a *answer, q question) (fob.Token, error) {
	said, err := leaves(string(a.body))
	if a.status != http.StatusOK {
		return fob.Token{}, a.refusedBySTS(q, said, err)
	}
	var tok fob.Token
	if err == nil {
		tok, err = g.token(a, said)
	}
	if err != nil {
		return fob.Token{}, &Error{Op: q.op, Host: q.endpoint.Host, Status: a.status, Problem: err.Error()}
	}
	return tok, nil
}

// awsKeys are written in the names that credential_process has for them.
type awsKeys struct {
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	AccountID       string `json:"AccountId,omitempty"`
}

var (
	errKeys       = errors.New("no keys of visible ASCII characters")
	errExpiration = errors.New("expiration is no time to come")
)

func (g AWSWebIdentity) token(a *answer, said map[string]string) (fob.Token, error) {
	const at = "AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult/Credentials/"
	keys := awsKeys{said[at+"AccessKeyId"], said[at+"SecretAccessKey"], said[at+"SessionToken"], g.account()}
	for _, key := range []string{keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken} {
		if key == "" || !isVisible(key) {
			return fob.Token{}, errKeys
		}
	}
	expiry, err := time.Parse(time.RFC3339, said[at+"Expiration"])
	if expiry = expiry.Add(-a.skew); err != nil || !expiry.After(a.sent) {
		return fob.Token{}, errExpiration
	}
	text, err := json.Marshal(keys)
	return fob.Token{Access: fob.Secret(text), Type: TypeAWS4, Issued: a.sent, Expiry: expiry}, err
}

// account is the role's: arn:aws:iam::123456789012:role/name. Servers other than Amazon's may leave it out.
func (g AWSWebIdentity) account() string {
	if part := strings.Split(g.RoleARN, ":"); len(part) > 4 {
		return part[4]
	}
	return ""
}

// stsCodes are the error codes that an Error may show: STS's own, and those of all of AWS.
var stsCodes = map[string]bool{
	"AccessDenied": true, "ExpiredTokenException": true, "IDPCommunicationError": true, "IDPRejectedClaim": true, "InternalFailure": true,
	"InvalidIdentityToken": true, "InvalidParameterValue": true, "MalformedPolicyDocument": true, "MissingParameter": true, "PackedPolicyTooLarge": true,
	"RegionDisabledException": true, "RequestLimitExceeded": true, "ServiceUnavailable": true, "Throttling": true, "ThrottlingException": true,
	"ValidationError": true,
}

func (a *answer) refusedBySTS(q question, said map[string]string, err error) *Error {
	e := &Error{Op: q.op, Host: q.endpoint.Host, Status: a.status, Skew: a.skew, Description: fob.Secret(said["ErrorResponse/Error/Message"])}
	e.RetryAfter, _ = retry.After(a.header, time.Now())
	if code := said["ErrorResponse/Error/Code"]; stsCodes[code] {
		e.Code = code
	}
	switch {
	case a.status/100 == 3:
		e.Problem = errRedirect
	case err != nil && len(a.body) > 0:
		e.Problem = err.Error()
	}
	return e
}

// Key is what the keys are kept under: the subject is in it by Account alone.
func (g AWSWebIdentity) Key() fob.Key {
	k := g.Client.key(grantAWSWebIdentity, target{})
	k.Client, k.Account = "", g.Account
	k.Params["RoleArn"], k.Params["RoleSessionName"] = []string{g.RoleARN}, []string{g.session()}
	return k
}

// Fingerprint tells the JWT from others. See fob.Fingerprinter.
func (g AWSWebIdentity) Fingerprint(ctx context.Context) (fob.Secret, error) {
	return g.Client.fingerprint(ctx, g.Subject)
}

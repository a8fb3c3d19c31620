package oauth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/fobkit/fob"
)

const (
	opAuthorize = "authorization_code"
	opPush      = "pushed authorization request"

	maxLanding = 32 << 10
)

var (
	// ErrNoBrowserFlow is in the tree of the error where the server has no authorization endpoint.
	ErrNoBrowserFlow = errors.New("server offers no login in a browser")

	// ErrStray is returned by Finish for what is not the answer to this login: it can still come.
	ErrStray = errors.New("not the answer to this login")
)

// Authorization is a login in a browser that has begun (RFC 6749 §4.1, with PKCE of RFC 7636).
type Authorization struct {
	URL string // for the browser; fit for a terminal too

	g                      Person
	host, redirect         string
	state, verifier, nonce string
	saysIssuer             bool
}

// Authorize begins a login whose answer the server sends to redirect, by way of the browser. Where the server takes the request directly
// (RFC 9126), the URL only names it.
func (g Person) Authorize(ctx context.Context, redirect string) (*Authorization, error) {
	m, err := g.Client.known(ctx)
	if err != nil {
		return nil, err
	}
	if g.Client.AuthorizationURL != "" {
		m.Authorization = g.Client.AuthorizationURL
	}
	if m.Authorization == "" {
		return nil, &LocalError{opAuthorize, ErrNoBrowserFlow}
	}
	endpoint, err := openable("authorization endpoint", m.Authorization)
	if err != nil {
		return nil, err
	}
	a := &Authorization{
		g: g, host: endpoint.Host, redirect: redirect, saysIssuer: m.SaysIssuer,
		state: rand.Text(), verifier: rand.Text() + rand.Text(), nonce: rand.Text(),
	}
	params, err := g.push(ctx, m, a.params())
	if err != nil {
		return nil, err
	}
	endpoint.RawQuery = joinQuery(endpoint.RawQuery, params.Encode())
	a.URL = endpoint.String()
	return a, nil
}

func (a *Authorization) params() url.Values {
	challenge := sha256.Sum256([]byte(a.verifier))
	own := map[string]string{
		"response_type": "code", "client_id": a.g.Client.ClientID, "redirect_uri": a.redirect, "scope": strings.Join(a.g.Scopes, " "),
		"state": a.state, "code_challenge_method": "S256", "code_challenge": base64.RawURLEncoding.EncodeToString(challenge[:]),
	}
	if slices.Contains(a.g.Scopes, "openid") {
		own["nonce"] = a.nonce
	}
	params := a.g.asked(a.g.AuthParams, own)
	if slices.Contains(a.g.Scopes, "offline_access") && !params.Has("prompt") {
		params.Set("prompt", "consent") // OpenID Connect Core §11: else a server may leave the refresh token out
	}
	return params
}

// push hands params to the server, where it takes them, and returns those that name them. What a server only offers it may still refuse to this
// client: then they go by the browser.
func (g Person) push(ctx context.Context, m metadata, params url.Values) (url.Values, error) {
	if m.Push == "" {
		return params, nil
	}
	endpoint, err := parseURL("pushed authorization request endpoint", m.Push)
	if err != nil {
		return nil, err
	}
	q := question{op: opPush, endpoint: endpoint, params: params, auth: g.Client.auth()}
	a, err := g.Client.ask(ctx, q)
	if err != nil {
		return nil, err
	}
	request, err := a.pushed(q)
	if e := (*Error)(nil); errors.As(err, &e) && e.Outcome() == fob.Terminal && !m.PushOnly {
		return params, nil
	}
	return url.Values{"client_id": {g.Client.ClientID}, "request_uri": {request}}, err
}

func (a *answer) pushed(q question) (string, error) {
	m, err := parseMembers(a.body, a.header.Get("Content-Type"))
	if a.status/100 != 2 || m.has("error") {
		return "", a.refused(q, m, err)
	}
	request, ok := m.text("request_uri")
	if !ok || request == "" || !isURI(request) {
		return "", &Error{Op: q.op, Host: q.endpoint.Host, Status: a.status, Problem: "no request_uri"}
	}
	return request, nil
}

// Finish takes the URL at which the browser ended up, as the listener saw it or the person pasted it, and exchanges the code in it. The error is
// ErrStray for another login's, and an *Error for the server's refusal. A code is good for one call.
func (a *Authorization) Finish(ctx context.Context, landed string) (fob.Token, error) {
	code, err := a.code(landed)
	if err != nil {
		return fob.Token{}, err
	}
	own := map[string]string{"code": code, "redirect_uri": a.redirect, "code_verifier": a.verifier}
	nonce := ""
	if slices.Contains(a.g.Scopes, "openid") {
		nonce = a.nonce
	}
	return a.g.begin(ctx, opAuthorize, opAuthorize, own, nonce)
}

// code is that of an answer to this very login.
func (a *Authorization) code(landed string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(landed))
	if err != nil || len(landed) > maxLanding {
		return "", ErrStray
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(a.state)) != 1 {
		return "", ErrStray
	}
	for _, name := range []string{"state", "code", "error", "iss"} {
		if len(q[name]) > 1 { // RFC 6749 §3.1
			return "", ErrStray
		}
	}
	switch {
	case !q.Has("code") && !q.Has("error"):
		return "", ErrStray
	case !a.fromIssuer(q):
		return "", &Error{Op: opAuthorize, Host: a.host, Status: http.StatusOK, Problem: "it does not come from the issuer that was asked"}
	case q.Has("error"):
		return "", a.refused(q)
	case q.Get("code") == "" || !isVisible(q.Get("code")):
		return "", ErrStray
	}
	return q.Get("code"), nil
}

// fromIssuer guards against a code of one server that is shown to another (RFC 9207 §2.4): who promises to say its name must, and it must be right.
func (a *Authorization) fromIssuer(q url.Values) bool {
	if !q.Has("iss") {
		return !a.saysIssuer
	}
	return a.g.Client.Issuer == "" || q.Get("iss") == a.g.Client.Issuer
}

func (a *Authorization) refused(q url.Values) error {
	e := &Error{Op: opAuthorize, Host: a.host, Description: fob.Secret(q.Get("error_description"))}
	if e.Code = q.Get("error"); !isCode(e.Code) {
		e.Code, e.Status, e.Problem = "", http.StatusOK, "its error is no code"
	}
	return e
}

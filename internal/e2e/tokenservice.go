package e2e

import (
	"encoding/base64"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	tokenIssuer     = "fob-e2e"
	registryService = "registry"
)

// tokenService gives registry tokens to whoever brings a good token of the provider, in the two ways of Docker's token
// authentication: GET with Basic, and POST with an identity token as the refresh token.
type tokenService struct {
	url      string
	provider *provider
	signer   jose.Signer
	posts    atomic.Int32 // answered requests of the second kind
}

func startTokenService(t *testing.T, a *authority, p *provider) *tokenService {
	t.Helper()
	options := new(jose.SignerOptions).WithType("JWT").WithHeader("x5c", []string{base64.StdEncoding.EncodeToString(a.leaf.Certificate[0])})
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: a.key}, options)
	if err != nil {
		t.Fatal(err)
	}
	s := &tokenService{provider: p, signer: signer}
	mux := http.NewServeMux()
	mux.Handle("GET /token", p.guard(http.HandlerFunc(s.byPassword), askForToken))
	mux.HandleFunc("POST /token", s.byIdentityToken)
	s.url = a.serve(t, mux).URL
	return s
}

// byPassword gives an identity token too if it is asked for one, as docker login does: the provider's token will do.
func (s *tokenService) byPassword(w http.ResponseWriter, req *http.Request) {
	identity := ""
	if req.URL.Query().Get("offline_token") == "true" {
		identity = string(presented(req))
	}
	s.answer(w, req.URL.Query()["scope"], identity)
}

func (s *tokenService) byIdentityToken(w http.ResponseWriter, req *http.Request) {
	if !s.provider.active(req.Context(), fob.Secret(req.PostFormValue("refresh_token"))) {
		askForToken(w, req)
		return
	}
	s.posts.Add(1)
	s.answer(w, strings.Fields(req.PostFormValue("scope")), "")
}

// answer grants what was asked: each scope is type:name:actions. identity may be empty.
func (s *tokenService) answer(w http.ResponseWriter, scopes []string, identity string) {
	type access struct {
		Type    string   `json:"type"`
		Name    string   `json:"name"`
		Actions []string `json:"actions"`
	}
	granted := []access{}
	for _, scope := range scopes {
		if part := strings.Split(scope, ":"); len(part) == 3 {
			granted = append(granted, access{part[0], part[1], strings.Split(part[2], ",")})
		}
	}
	now := time.Now()
	claims := jwt.Claims{
		Issuer: tokenIssuer, Subject: "alice", Audience: jwt.Audience{registryService}, ID: now.String(),
		IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now.Add(-time.Minute)), Expiry: jwt.NewNumericDate(now.Add(time.Minute)),
	}
	token, err := jwt.Signed(s.signer).Claims(claims).Claims(map[string]any{"access": granted}).Serialize()
	if err != nil {
		http.Error(w, "signing", http.StatusInternalServerError)
		return
	}
	answer := map[string]any{"token": token, "access_token": token, "expires_in": 60}
	if identity != "" {
		answer["refresh_token"] = identity
	}
	writeJSON(w, http.StatusOK, answer)
}

package e2e

import (
	"net/http"
	"strings"

	"github.com/fobkit/fob"
)

// guard lets a request pass to next if it carries a token that is active at p right now; refuse answers the others.
func (p *provider) guard(next http.Handler, refuse http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if token := presented(req); token == "" || !p.active(req.Context(), token) {
			refuse(w, req)
			return
		}
		next.ServeHTTP(w, req)
	})
}

// presented is the token that req carries, as Bearer or as the password of Basic.
func presented(req *http.Request) fob.Secret {
	if _, password, ok := req.BasicAuth(); ok {
		return fob.Secret(password)
	}
	token, _ := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	return fob.Secret(token)
}

package e2e

import (
	"encoding/json"
	"net/http"
	"testing"
)

// startKubeServer runs newKubeServer, over TLS, and returns its URL.
func startKubeServer(t *testing.T, a *authority, p *provider) string {
	t.Helper()
	return a.serve(t, newKubeServer(p)).URL
}

// newKubeServer has as much of the Kubernetes API as kubectl asks for before it does anything, for whoever brings a good
// bearer token.
func newKubeServer(p *provider) http.Handler {
	mux := http.NewServeMux()
	for path, answer := range map[string]any{
		"/version":           map[string]string{"major": "1", "minor": "32", "gitVersion": "v1.32.0", "platform": "linux/amd64"},
		"/api":               map[string]any{"kind": "APIVersions", "versions": []string{"v1"}},
		"/apis":              map[string]any{"kind": "APIGroupList", "apiVersion": "v1", "groups": []any{}},
		"/api/v1":            map[string]any{"kind": "APIResourceList", "groupVersion": "v1", "resources": []any{namespaces}},
		"/api/v1/namespaces": map[string]any{"kind": "NamespaceList", "apiVersion": "v1", "items": []any{namespace}},
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, answer) })
	}
	return p.guard(mux, unauthorized)
}

var (
	namespaces = map[string]any{"name": "namespaces", "singularName": "namespace", "kind": "Namespace", "verbs": []string{"get", "list"}}
	namespace  = map[string]any{"kind": "Namespace", "apiVersion": "v1", "metadata": map[string]string{"name": "default"}, "status": map[string]string{"phase": "Active"}}
)

// unauthorized is the answer of Kubernetes to a token it does not like.
func unauthorized(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusUnauthorized, map[string]any{
		"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Unauthorized", "message": "Unauthorized", "code": http.StatusUnauthorized,
	})
}

func writeJSON(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}

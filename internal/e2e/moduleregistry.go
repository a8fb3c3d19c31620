package e2e

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// newModuleRegistry speaks Terraform's module registry protocol. It has one module, e2e/hello/test, whose archive is
// elsewhere, for anybody: Terraform sends its token to the registry alone.
func newModuleRegistry(t *testing.T) http.Handler {
	t.Helper()
	archive := zipped(t, "", map[string][]byte{"main.tf": []byte("output \"greeting\" {\n  value = \"hello\"\n}\n")})
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(archive) }))
	t.Cleanup(elsewhere.Close)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /modules/e2e/hello/test/versions", func(w http.ResponseWriter, _ *http.Request) {
		versions := []any{map[string]string{"version": "1.0.0"}}
		writeJSON(w, http.StatusOK, map[string]any{"modules": []any{map[string]any{"versions": versions}}})
	})
	mux.HandleFunc("GET /modules/e2e/hello/test/1.0.0/download", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Terraform-Get", elsewhere.URL+"/hello.zip")
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

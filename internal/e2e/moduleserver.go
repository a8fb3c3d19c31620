package e2e

import (
	"archive/zip"
	"bytes"
	"net/http"
	"strings"
	"testing"
)

// privateModule is the one module of a moduleServer, in its one version.
const privateModule, privateVersion = "corp.example/private", "v1.0.0"

// newModuleServer speaks the GOPROXY protocol (go help goproxy). Of other modules it knows nothing: 404.
func newModuleServer(t *testing.T) http.Handler {
	t.Helper()
	mod := []byte("module " + privateModule + "\n")
	answers := map[string][]byte{
		"list":                   []byte(privateVersion + "\n"),
		privateVersion + ".info": asJSON(t, map[string]string{"Version": privateVersion, "Time": "2026-01-01T00:00:00Z"}),
		privateVersion + ".mod":  mod,
		privateVersion + ".zip": zipped(t, privateModule+"@"+privateVersion+"/", map[string][]byte{
			"go.mod": mod, "private.go": []byte("package private\n"),
		}),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		name, ok := strings.CutPrefix(req.URL.Path, "/"+privateModule+"/@v/")
		if answer, known := answers[name]; ok && known {
			w.Write(answer)
			return
		}
		http.NotFound(w, req)
	})
}

// zipped is an archive of files, each under prefix.
func zipped(t *testing.T, prefix string, files map[string][]byte) []byte {
	t.Helper()
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for name, data := range files {
		f, err := z.Create(prefix + name)
		if err != nil {
			t.Fatal(err)
		}
		f.Write(data)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

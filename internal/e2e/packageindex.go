package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// newPackageIndex is a Python package index (PEP 503) of one package, hello 1.0.
func newPackageIndex(t *testing.T) http.Handler {
	t.Helper()
	wheel := zipped(t, "", map[string][]byte{
		"hello.py":                     []byte("greeting = 'hello'\n"),
		"hello-1.0.dist-info/METADATA": []byte("Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n"),
		"hello-1.0.dist-info/WHEEL":    []byte("Wheel-Version: 1.0\nGenerator: e2e\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
		"hello-1.0.dist-info/RECORD":   []byte("hello.py,,\nhello-1.0.dist-info/METADATA,,\nhello-1.0.dist-info/WHEEL,,\nhello-1.0.dist-info/RECORD,,\n"),
	})
	const name = "hello-1.0-py3-none-any.whl"
	mux := http.NewServeMux()
	mux.HandleFunc("GET /simple/hello/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<!DOCTYPE html><html><body><a href=\"/wheels/%s\">%s</a></body></html>", name, name)
	})
	mux.HandleFunc("GET /wheels/"+name, func(w http.ResponseWriter, _ *http.Request) { w.Write(wheel) })
	return mux
}

// withUser is rawURL with a user in it.
func withUser(rawURL, user string) string {
	return strings.Replace(rawURL, "://", "://"+user+"@", 1)
}

package e2e

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// hubHosts are Docker Hub's: what crane and skopeo ask for an image, and where the realm of its challenge leads them.
var hubHosts = []string{"index.docker.io", "registry-1.docker.io", "auth.docker.io"}

// startProxy is an HTTP proxy to which the world has no hosts but these, each of which is an address on loopback. It returns its URL.
func startProxy(t *testing.T, hosts map[string]string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		name, _, _ := net.SplitHostPort(req.Host)
		if req.Method != http.MethodConnect || hosts[name] == "" {
			http.Error(w, "no such host", http.StatusBadGateway)
			return
		}
		tunnel(w, hosts[name])
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// tunnel joins the client of w with address until either has said all it had to say.
func tunnel(w http.ResponseWriter, address string) {
	server, err := net.Dial("tcp", address)
	if err != nil {
		http.Error(w, "nobody there", http.StatusBadGateway)
		return
	}
	defer server.Close()
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		io.Copy(server, buffered)
		server.Close()
	}()
	io.Copy(client, server)
}

package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cgi"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// startGitServer serves one empty repository, over https, to whoever brings a good token. It returns its URL.
func startGitServer(t *testing.T, a *authority, p *provider) string {
	t.Helper()
	return a.serve(t, p.guard(newGitBackend(t), askForToken)).URL + privateRepo
}

// privateRepo is the path of the one repository of a git server.
const privateRepo = "/private.git"

// newGitBackend has one empty repository.
func newGitBackend(t *testing.T) http.Handler {
	t.Helper()
	need(t, "git")
	root := t.TempDir()
	hostGit(t, "init", "--quiet", "--bare", "--initial-branch=main", filepath.Join(root, privateRepo))
	backend := &cgi.Handler{
		Path: filepath.Join(hostGit(t, "--exec-path"), "git-http-backend"),
		Env: []string{
			"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=alice", "GIT_CONFIG_NOSYSTEM=1", "HOME=" + root,
			"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=http.receivepack", "GIT_CONFIG_VALUE_0=true",
		},
	}
	return wholeBody(backend)
}

// hostGit runs git for the server, and returns its output without the line's end.
func hostGit(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", args...).Output()
	if err != nil {
		t.Fatalf("git %s: %v", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out))
}

// wholeBody reads a request's body before next sees it: git sends what is above http.postBuffer in chunks, which
// net/http/cgi refuses.
func wholeBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			http.Error(w, "the body ended early", http.StatusBadRequest)
			return
		}
		req.Body, req.ContentLength, req.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
		next.ServeHTTP(w, req)
	})
}

func askForToken(w http.ResponseWriter, _ *http.Request) {
	w.Header().Add("WWW-Authenticate", `Bearer realm="fob e2e"`)
	w.Header().Add("WWW-Authenticate", `Basic realm="fob e2e"`)
	http.Error(w, "a token, please", http.StatusUnauthorized)
}

package e2e

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// startRegistry runs docker-registry, over TLS, with auth as that section of its configuration, and returns its host.
func startRegistry(t *testing.T, a *authority, auth map[string]any) string {
	t.Helper()
	need(t, "docker-registry")
	config := asJSON(t, map[string]any{ // JSON is YAML
		"version": 0.1, "auth": auth,
		"log":     map[string]any{"accesslog": map[string]bool{"disabled": true}},
		"storage": map[string]any{"filesystem": map[string]string{"rootdirectory": t.TempDir()}},
		"http": map[string]any{
			"addr": "127.0.0.1:0", "secret": "of upload sessions",
			"tls": map[string]string{"certificate": a.certFile, "key": a.keyFile},
		},
	})
	cmd := exec.Command("docker-registry", "serve", writeFile(t, filepath.Join(t.TempDir(), "registry.yml"), config))
	cmd.Env = []string{"HOME=" + t.TempDir()} // and no REGISTRY_AUTH_FILE: skopeo's variable, which docker-registry takes for a setting of its own
	return regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(startProcess(t, cmd, "listening on"))
}

// tokenAuth sends the registry's clients to s for their tokens.
func tokenAuth(a *authority, s *tokenService) map[string]any {
	return map[string]any{"token": map[string]string{
		"realm": s.url + "/token", "service": registryService, "issuer": tokenIssuer, "rootcertbundle": a.caFile,
	}}
}

// passwordAuth lets alice in, with password.
func passwordAuth(t *testing.T, password string) map[string]any {
	t.Helper()
	need(t, "htpasswd")
	cmd := exec.CommandContext(t.Context(), "htpasswd", "-nBi", "alice") // bcrypt; the password comes on stdin
	cmd.Stdin = strings.NewReader(password)
	line, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"htpasswd": map[string]string{"realm": "e2e", "path": writeFile(t, filepath.Join(t.TempDir(), "htpasswd"), line)}}
}

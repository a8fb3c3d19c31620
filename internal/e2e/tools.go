package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// otherGit is FOB_E2E_GIT: the git to test with in the place of the one on PATH. newgit.sh fetches a newer one.
var otherGit = os.Getenv("FOB_E2E_GIT")

// useGit has m's git know no credential helper but fob.
func (m *machine) useGit(t *testing.T, a *authority) {
	t.Helper()
	if otherGit != "" {
		link(t, otherGit, filepath.Join(m.bin, "git"))
	}
	m.env["GIT_SSL_CAINFO"], m.env["GIT_CONFIG_NOSYSTEM"], m.env["GIT_TERMINAL_PROMPT"] = a.caFile, "1", "0"
	writeFile(t, filepath.Join(m.home, ".gitconfig"), []byte("[credential]\n\thelper =\n\thelper = fob\n"))
}

// useRegistry has m's docker, skopeo and crane know no credential for hosts but fob's, and no engine.
func (m *machine) useRegistry(t *testing.T, hosts ...string) {
	t.Helper()
	helpers := map[string]string{}
	for _, host := range hosts {
		helpers[host] = "fob"
	}
	config := filepath.Join(m.home, ".docker", "config.json") // where skopeo looks for it too
	writeFile(t, config, asJSON(t, map[string]any{"credHelpers": helpers}))
	m.env["DOCKER_CONFIG"], m.env["DOCKER_HOST"] = filepath.Dir(config), "unix://"+filepath.Join(m.home, "no-engine")
	m.env["XDG_RUNTIME_DIR"] = m.home
}

// useKubernetes has m's kubectl, and client-go in this process, know no credential for server but fob's.
func (m *machine) useKubernetes(t *testing.T, a *authority, server, execVersion string) {
	t.Helper()
	var env []map[string]string // for the plugin: client-go in this process has not m's environment
	for name, value := range m.env {
		env = append(env, map[string]string{"name": name, "value": value})
	}
	named := func(kind string, value any) []any { return []any{map[string]any{"name": "e2e", kind: value}} }
	m.env["KUBECONFIG"] = writeFile(t, filepath.Join(m.home, "kubeconfig"), asJSON(t, map[string]any{ // JSON is YAML
		"apiVersion": "v1", "kind": "Config", "current-context": "e2e",
		"contexts": named("context", map[string]string{"cluster": "e2e", "user": "e2e"}),
		"clusters": named("cluster", map[string]string{"server": server, "certificate-authority": a.caFile}),
		"users": named("user", map[string]any{"exec": map[string]any{
			"apiVersion": "client.authentication.k8s.io/" + execVersion, "command": filepath.Join(m.bin, "kubectl-fob"),
			"env": env, "interactiveMode": "Never", "provideClusterInfo": true,
		}}),
	}))
}

// kubectlVersion is the newest version of ExecCredential that the installed kubectl speaks: v1 came with 1.22.
func kubectlVersion(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "kubectl", "version", "--client", "--output=json").Output()
	if err != nil {
		t.Fatal(err)
	}
	minor := regexp.MustCompile(`"minor": *"(\d+)`).FindSubmatch(out)
	if minor == nil {
		t.Fatalf("kubectl tells no version: %q", out)
	}
	if n, _ := strconv.Atoi(string(minor[1])); n < 22 {
		return "v1beta1"
	}
	return "v1"
}

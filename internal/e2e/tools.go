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

//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob/internal/setup"
)

// pageOf is the page on which a tool stands that has none of its own.
var pageOf = map[string]string{"podman": "docker", "uv": "pip", "bao": "vault"}

// standIns are programs that would ask a server which is not there, or that may not be installed. They do nothing, and do it well.
var standIns = []string{
	"aws", "bazel", "buildah", "cargo", "claude", "codex", "docker", "gcloud", "kubelet", "pip", "pnpm", "podman", "skopeo", "terraform", "tofu", "uv", "vault",
}

// What the page of each tool shows is run by a shell, line by line, on a machine with the page's own configuration and the files of
// testdata/pages, and prints what the page says, in which … stands for anything. What prints an error fails.
func TestWhatThePagesOfToolsShow(t *testing.T) {
	for _, tool := range setup.Names() {
		if pageOf[tool] != "" {
			continue
		}
		t.Run(tool, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("../../docs/tools", tool+".md"))
			if err != nil {
				t.Fatal(err)
			}
			page := string(text)
			if fenced(page, "console") == "" || !strings.Contains(page, "$ fob setup "+tool) || !strings.Contains(page, "$ fob unsetup "+tool) {
				t.Error("the page does not show setup and unsetup")
			}
			runPage(t, pageMachine(t, tool, page), page)
		})
	}
}

func pageMachine(t *testing.T, tool, page string) *machine {
	t.Helper()
	config := strings.NewReplacer("https://login.corp.example", "$SERVER", `"build-17"`, `"c"`).Replace(fenced(page, "toml"))
	m := machineFor(t, config+"\n")
	programs := make(map[string]string)
	for _, name := range standIns {
		programs[name] = "exit 0"
	}
	if _, err := exec.LookPath("kubectl"); err != nil {
		programs["kubectl"] = "exit 0"
	}
	// go leaves a program behind that counts its use, and writes below home when the test has ended
	errs := []error{os.MkdirAll(m.path("home"), 0o700), m.stub(programs), m.write("config/go/telemetry/mode", "off")}
	if files := filepath.Join("testdata", "pages", tool); exists(files) {
		errs = append(errs, os.CopyFS(m.path("home"), os.DirFS(files)), exec.Command("chmod", "-R", "go-w", m.path("home")).Run()) // whatever the umask
	}
	errs = append(errs, m.keep("corp", hour("access-a", time.Date(2100, 1, 1, 1, 0, 0, 0, time.UTC))))
	for _, name := range links { // setup makes them
		errs = append(errs, os.Remove(m.path("bin", name)))
	}
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return m
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func runPage(t *testing.T, m *machine, page string) {
	t.Helper()
	names := strings.NewReplacer(m.path("home"), "/home/you", m.path("config"), "/home/you/.config", m.path("data"), "/home/you/.local/share", m.path("bin"), "/usr/local/bin")
	for _, shown := range strings.Split("\n"+fenced(page, "console"), "\n$ ")[1:] {
		command, want, _ := strings.Cut(strings.TrimSpace(shown), "\n")
		sh := exec.CommandContext(t.Context(), "sh", "-c", command)
		sh.Dir = m.path("home")
		sh.Env = append(slices.Clone(m.environ), "CORP_SECRET="+string(clientSecret), "FOB_LOG=", "GIT_CONFIG_NOSYSTEM=1")
		out, err := sh.CombinedOutput()
		got := strings.TrimSpace(names.Replace(string(out)))
		if failed := strings.HasPrefix(want, "fob: ") || strings.Contains(want, "\nfob: "); (err != nil) != failed {
			t.Errorf("$ %s: %v", command, err)
		}
		if !likePage(want).MatchString(got) {
			t.Errorf("$ %s\ngot\n%s\nwant\n%s", command, got, want)
		}
	}
}

// likePage matches what a page shows. Of a command without output there it shows none that matters.
func likePage(want string) *regexp.Regexp {
	if want == "" {
		return regexp.MustCompile("")
	}
	return regexp.MustCompile(`^` + strings.ReplaceAll(regexp.QuoteMeta(want), "…", "(?s:.*)") + `$`)
}

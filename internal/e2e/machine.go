package e2e

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// binDir holds fob, fob-helper, goclient and crane, as TestMain built them.
var binDir string

// machine is a user's computer as far as programs see it: a home, an environment and what is on PATH, fob among it.
type machine struct {
	home string
	bin  string // first on PATH: fob, fob-helper, its names, goclient and crane
	env  map[string]string
}

// newMachine is a computer with config as fob's only configuration, and where a is trusted.
func newMachine(t *testing.T, a *authority, config string) *machine {
	t.Helper()
	home, bin := t.TempDir(), t.TempDir()
	for _, name := range []string{"fob", "fob-helper", "goclient", "crane"} {
		link(t, filepath.Join(binDir, name), filepath.Join(bin, name))
	}
	for _, name := range []string{"git-credential-fob", "docker-credential-fob", "kubectl-fob"} {
		link(t, "fob-helper", filepath.Join(bin, name))
	}
	return &machine{home: home, bin: bin, env: map[string]string{
		"HOME":          home,
		"PATH":          bin + string(os.PathListSeparator) + os.Getenv("PATH"),
		"TMPDIR":        t.TempDir(),
		"LC_ALL":        "C",
		"FOB_CONFIG":    writeFile(t, filepath.Join(home, "fob.toml"), []byte(config)),
		"FOB_STATE":     filepath.Join(home, "state"),
		"SSL_CERT_FILE": a.caFile,
		"SSL_CERT_DIR":  filepath.Join(home, "none"),
		"CLIENT_SECRET": secret,
	}}
}

// adopt gives this process m's environment until the test ends, for callers that are packages.
func (m *machine) adopt(t *testing.T) {
	t.Helper()
	for name, value := range m.env {
		t.Setenv(name, value)
	}
}

// result is what a command left behind.
type result struct {
	stdout, stderr string
	err            error // nil: exit status 0
}

// code is the exit status.
func (r result) code() int {
	var failed *exec.ExitError
	if errors.As(r.err, &failed) {
		return failed.ExitCode()
	}
	return 0
}

// try runs a command of m with stdin. It inherits nothing from the test's environment but PATH's tail.
func (m *machine) try(t *testing.T, stdin, name string, args ...string) result {
	t.Helper()
	cmd := m.command(t, name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err := cmd.Run()
	return result{stdout.String(), stderr.String(), err}
}

// run is try for a command that has to succeed, and returns its stdout.
func (m *machine) run(t *testing.T, stdin, name string, args ...string) string {
	t.Helper()
	r := m.try(t, stdin, name, args...)
	if r.err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), r.err, r.stderr)
	}
	return r.stdout
}

func (m *machine) command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	if own := filepath.Join(m.bin, name); exists(own) {
		cmd.Path, cmd.Err = own, nil
	}
	cmd.Dir = m.home
	for _, key := range slices.Sorted(maps.Keys(m.env)) {
		cmd.Env = append(cmd.Env, key+"="+m.env[key])
	}
	return cmd
}

// holds names the files under m's home that contain text.
func (m *machine) holds(t *testing.T, text string) (names []string) {
	t.Helper()
	return filesWith(t, m.home, text)
}

// filesWith names the files under root that contain text.
func filesWith(t *testing.T, root, text string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(name)
		if bytes.Contains(data, []byte(text)) {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

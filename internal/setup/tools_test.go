package setup

import (
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fobkit/fob/internal/route"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the golden files anew")

// configured says where each tool's inputs in testdata lie on a machine, and what else is there.
var configured = map[string]struct {
	file    string // below home
	environ map[string]string
	wish    Wish
}{
	"git":     {file: ".gitconfig"},
	"docker":  {file: ".docker/config.json"},
	"podman":  {file: ".config/containers/auth.json"},
	"go":      {file: ".config/go/env", environ: map[string]string{"GOENV": "$HOME/.config/go/env"}},
	"cargo":   {file: ".cargo/config.toml"},
	"kubectl": {file: ".kube/config"},

	"terraform": {file: ".terraformrc"},
	"aws":       {file: ".aws/config"},
	"google":    {file: "../data/fob/google-cloud.json"},
	"bazel":     {file: ".bazelrc"},
	"pip":       {file: "pip.conf", environ: map[string]string{"PIP_CONFIG_FILE": "$HOME/pip.conf"}},
	"uv":        {file: "uv.toml", environ: map[string]string{"UV_CONFIG_FILE": "$HOME/uv.toml"}},
	"pnpm":      {file: ".npmrc"},
	"vault":     {file: ".vault"},
	"bao":       {file: ".bao"},
	"kubelet":   {file: "etc/providers.yaml", wish: Wish{KubeletConfig: "$HOME/etc/providers.yaml", KubeletBinDir: "$HOME/etc/bin"}},
	"claude":    {file: ".claude/settings.json"},
	"codex":     {file: ".codex/config.toml"},
}

// profiles are those of every test machine.
func profiles(t *testing.T) []Profile {
	t.Helper()
	hosts := func(all ...string) []route.Pattern {
		var ps []route.Pattern
		for _, s := range all {
			p, err := route.ParsePattern(s)
			if err != nil {
				t.Fatal(err)
			}
			ps = append(ps, p)
		}
		return ps
	}
	return []Profile{
		{Name: "corp", Hosts: hosts("git.corp.example", "*.k8s.corp.example:6443"), Allow: []string{"raw"}},
		{Name: "team", Hosts: hosts("git.team.example/team", "registry.team.example:5000")},
		{
			Name: "cloud", Allow: []string{"aws", "google"}, Grant: "aws_web_identity",
			Audience: []string{"https://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/corp/providers/corp"},
		},
	}
}

// wishFor is what the tests ask for, on a machine with that home.
func wishFor(tool, home string) Wish {
	w := configured[tool].wish
	w.Tool = tool
	w.KubeletConfig, w.KubeletBinDir = strings.ReplaceAll(w.KubeletConfig, "$HOME", home), strings.ReplaceAll(w.KubeletBinDir, "$HOME", home)
	return w
}

// testMachine has an empty home, and no program that could be asked.
func testMachine(t *testing.T, environ map[string]string) (m *Machine, home string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	home = filepath.Join(dir, "home")
	helper := filepath.Join(dir, "opt", "fob-helper")
	if err := errors.Join(os.Mkdir(home, 0o700), os.Mkdir(filepath.Dir(helper), 0o700), os.WriteFile(helper, nil, 0o700)); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data", "fob")
	getenv := func(name string) string {
		switch name {
		case "HOME":
			return home
		case "PATH":
			return filepath.Join(data, "bin")
		}
		return strings.ReplaceAll(environ[name], "$HOME", home)
	}
	return &Machine{Getenv: getenv, Helper: helper, Data: data, Profiles: profiles(t)}, home
}

// do makes and carries out a plan, and returns whether it changed anything.
func do(t *testing.T, plan func() (*Plan, error)) (changed bool) {
	t.Helper()
	p, err := plan()
	if err == nil {
		changed = !p.Empty()
		err = p.Apply(func(string) {})
	}
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "(absent)"
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Setup of every tool writes what testdata shows; twice is once; and unsetup restores the file to the byte.
func TestTools(t *testing.T) {
	for _, tool := range tools {
		inputs, err := filepath.Glob(filepath.Join("testdata", tool.name, "*.in"))
		if err != nil || len(inputs) < 4 {
			t.Errorf("%s: %d inputs in testdata, want 4 at least", tool.name, len(inputs))
		}
		for _, input := range append(inputs, filepath.Join("testdata", tool.name, "absent.in")) {
			t.Run(tool.name+"/"+strings.TrimSuffix(filepath.Base(input), ".in"), func(t *testing.T) { testTool(t, tool.name, input) })
		}
	}
}

func testTool(t *testing.T, name, input string) {
	c := configured[name]
	m, home := testMachine(t, c.environ)
	path, before := filepath.Join(home, c.file), content(t, input)
	if before != "(absent)" {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(before), 0o640)); err != nil {
			t.Fatal(err)
		}
	}
	w := wishFor(name, home)
	wish := func() (*Plan, error) { return m.Plan(t.Context(), w) }
	do(t, wish)
	got := content(t, path)
	golden(t, strings.TrimSuffix(input, ".in")+".golden", elsewhere(m).Replace(got))
	if do(t, wish) {
		t.Error("the second setup changed something")
	}
	if again := content(t, path); again != got {
		t.Errorf("setup twice: got\n%s\nwant what once makes\n%s", again, got)
	}
	do(t, func() (*Plan, error) { return m.PlanRemoval(name) })
	if after := content(t, path); after != before {
		t.Errorf("after unsetup: got\n%q\nwant\n%q", after, before)
	}
	if info, err := os.Stat(path); err == nil && before != "(absent)" && info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, want 0640 as before", info.Mode().Perm())
	}
	left, _ := filepath.Glob(filepath.Join(m.Data, "*"))
	if len(left) > 0 && !slices.Equal(left, []string{path}) {
		t.Errorf("left behind: %v", left)
	}
	if before == "(absent)" {
		if dirs, _ := os.ReadDir(home); len(dirs) > 0 {
			t.Errorf("left behind in home: %v", dirs)
		}
	}
}

// elsewhere gives the machine's directories the names that golden files have for them.
func elsewhere(m *Machine) *strings.Replacer {
	return strings.NewReplacer(m.Helper, "/opt/fob/fob-helper", m.Data, "/data/fob")
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := content(t, path); got != want {
		t.Errorf("%s:\ngot\n%s\nwant\n%s", path, got, want)
	}
}

// What others have written into a file since stays, even if they wrote all of it anew, as docker login and kubectl config do.
func TestUnsetupLeavesWhatOthersHaveWritten(t *testing.T) {
	for _, tool := range tools {
		inputs, err := filepath.Glob(filepath.Join("testdata", tool.name, "*.in"))
		if err != nil {
			t.Fatal(err)
		}
		for _, input := range inputs {
			t.Run(tool.name+"/"+strings.TrimSuffix(filepath.Base(input), ".in"), func(t *testing.T) { testTouched(t, tool.name, input) })
		}
	}
}

func testTouched(t *testing.T, name, input string) {
	c := configured[name]
	m, home := testMachine(t, c.environ)
	path, before := filepath.Join(home, c.file), content(t, input)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(before), 0o600)); err != nil {
		t.Fatal(err)
	}
	w := wishFor(name, home)
	do(t, func() (*Plan, error) { return m.Plan(t.Context(), w) })
	list, err := m.manifest()
	if err != nil {
		t.Fatal(err)
	}
	if list.Tools[name] == nil || list.Tools[name].file(path) == nil {
		return // the input has nothing to set up
	}
	e := list.Tools[name].file(path).Entries[0]
	if err := os.WriteFile(path, []byte(touch(t, e.Format, content(t, path))), 0o600); err != nil {
		t.Fatal(err)
	}
	if do(t, func() (*Plan, error) { return m.Plan(t.Context(), w) }) && e.Format != "gitconfig" {
		t.Error("setup has changed what it had set up, and others have left in its place")
	}
	do(t, func() (*Plan, error) { return m.PlanRemoval(name) })
	got, err := formats[e.Format].others(strings.TrimPrefix(content(t, path), bom), e)
	if err != nil {
		t.Fatal(err)
	}
	want, err := formats[e.Format].others(touch(t, e.Format, strings.TrimPrefix(before, bom)), e)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if text := content(t, path); strings.Contains(text, m.Helper) || strings.Contains(text, m.Data) {
		t.Errorf("fob is still in\n%s", text)
	}
}

// touch writes a file anew as programs do that keep nothing but its values, or adds a line to one that only people and careful programs write.
func touch(t *testing.T, format, text string) string {
	t.Helper()
	if strings.TrimSpace(text) == "" {
		return map[bool]string{false: "# added\n"}[format == "json"]
	}
	var value map[string]any
	var out []byte
	var err error
	switch format {
	case "json":
		if err = json.Unmarshal([]byte(text), &value); err == nil {
			out, err = json.MarshalIndent(value, "", "\t")
		}
	case "yaml":
		if err = yaml.Unmarshal([]byte(text), &value); err == nil {
			out, err = yaml.Marshal(value)
		}
	default:
		end := lineEnd(text)
		return strings.TrimSuffix(text, end) + end + "# added" + end
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

//go:build unix

package docs_test

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/route"
)

// The configuration of whoever runs the tests is none of theirs.
func TestMain(m *testing.M) {
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "FOB_") {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// load reads text as the only configuration there is. The file is a copy, since a checkout may leave the original writable by a group.
func load(t *testing.T, text string) (*config.Config, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Load(config.Options{Environ: []string{"FOB_CONFIG=" + file}, System: t.TempDir()})
}

func TestExampleConfigLoads(t *testing.T) {
	c, err := load(t, read(t, "example-config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(c.Names(), " "), "acme corp ledger team"; got != want {
		t.Errorf("profiles %s, want %s", got, want)
	}
	if !strings.Contains(read(t, "config.md"), "```toml\n"+read(t, "example-config.toml")+"```\n") {
		t.Error("config.md shows another file than example-config.toml")
	}
}

func TestEveryConfigurationShownLoads(t *testing.T) {
	for _, page := range pages(t) {
		for i, text := range blocks(read(t, page), "toml") {
			if _, err := load(t, text); err != nil {
				t.Errorf("%s, block %d: %v", page, i+1, err)
			}
		}
	}
}

func TestConfigPageNamesEveryKeyOnce(t *testing.T) {
	page := read(t, "config.md")
	for _, keys := range []reflect.Type{reflect.TypeFor[config.Profile](), reflect.TypeFor[config.Config](), reflect.TypeFor[config.Assertion]()} {
		for i := range keys.NumField() {
			key := keys.Field(i).Tag.Get("toml")
			if key != "" && key != "profile" && !strings.Contains(page, "\n| `"+key+"` |") {
				t.Errorf("no row for %s of %s", key, keys.Name())
			}
		}
	}
}

func TestTheCodeShownIsCompiled(t *testing.T) {
	var code strings.Builder
	for _, pattern := range []string{"*_test.go", "../*.go", "../oauth/*.go", "../oauth/xoauth2/*.go", "../middleware/*.go", "../transport/*.go", "../otelfob/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			code.WriteString(read(t, file))
		}
	}
	for _, page := range pages(t) {
		for _, block := range blocks(read(t, page), "go") {
			for line := range strings.Lines(block) {
				if !strings.Contains(code.String(), strings.TrimSpace(line)) {
					t.Errorf("%s shows code that nobody compiles: %s", page, line)
				}
			}
		}
	}
}

var quoted = regexp.MustCompile("`([^`]+)`")

func TestHostPatternsMatchAsTheTableSays(t *testing.T) {
	_, table, _ := strings.Cut(read(t, "config.md"), "| pattern | matches | does not match |\n|---|---|---|\n")
	table, _, found := strings.Cut(table, "\n\n")
	if !found {
		t.Fatal("no table of patterns")
	}
	for row := range strings.Lines(table) {
		cells := strings.Split(row, "|")
		pattern, err := config.ParsePattern(quoted.FindStringSubmatch(cells[1])[1])
		if err != nil {
			t.Fatal(err)
		}
		for cell, want := range map[string]bool{cells[2]: true, cells[3]: false} {
			for _, url := range quoted.FindAllStringSubmatch(cell, -1) {
				target, err := route.ParseURL(url[1])
				if got := pattern.Match(target); err != nil || got != want {
					t.Errorf("%s matches %s: %v, %v, want %v", pattern, url[1], got, err, want)
				}
			}
		}
	}
}

// A table row is | `package` | what it gives | imports |.
var row = regexp.MustCompile("(?m)^\\| `([^`]+)`[^|]*\\|[^|]*\\| ([^|]*) ?\\|$")

func TestArchitectureNamesEveryPackageAndItsImports(t *testing.T) {
	table := make(map[string]string)
	for _, cells := range row.FindAllStringSubmatch(read(t, "architecture.md"), -1) {
		table[cells[1]] = strings.TrimSpace(cells[2])
	}
	cmd := exec.Command("go", "list", "-f", "{{.ImportPath}}{{range .Imports}} {{.}}{{end}}", "../...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		var ours []string
		for _, path := range strings.Fields(line) {
			if name, ok := strings.CutPrefix(path, "github.com/fobkit/fob"); ok {
				ours = append(ours, cmp.Or(strings.TrimPrefix(name, "/"), "fob"))
			}
		}
		got, ok := table[ours[0]]
		if want := strings.Join(ours[1:], ", "); !ok || got != want && got != "nearly all" {
			t.Errorf("architecture.md says that %s imports %q, want %q", ours[0], got, want)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	for _, page := range pages(t) {
		for _, to := range link.FindAllStringSubmatch(read(t, page), -1) {
			file := to[1]
			if file == "" {
				file = filepath.Base(page)
			}
			file = filepath.Join(filepath.Dir(page), file)
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %v", page, err)
			} else if to[2] != "" && !strings.Contains(anchors(read(t, file)), to[2]+"\n") {
				t.Errorf("%s: %s has no heading %s", page, file, to[2])
			}
		}
	}
}

// anchors are the names under which headings can be linked to, a line each.
func anchors(page string) string {
	var b strings.Builder
	for line := range strings.Lines(page) {
		if head := strings.TrimLeft(line, "#"); head != line {
			name := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(head)), " ", "-")
			b.WriteString("#" + regexp.MustCompile(`[^\pL\pN_-]`).ReplaceAllString(name, "") + "\n")
		}
	}
	return b.String()
}

func pages(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.md")
	tools, toolsErr := filepath.Glob("tools/*.md")
	if len(files) == 0 || len(tools) == 0 {
		t.Fatal("no pages", err, toolsErr)
	}
	return append(files, tools...)
}

// blocks are the fenced blocks of that language.
func blocks(page, language string) []string {
	var found []string
	for _, rest := range strings.Split(page, "\n```"+language+"\n")[1:] {
		text, _, _ := strings.Cut(rest, "```")
		found = append(found, text)
	}
	return found
}

// Package deptest holds the architecture: which package may import which, and what the small binary must not link.
package deptest

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/fobkit/fob"

// arrows are the imports of ours that each package may have, by its path below the module; "" is package fob itself. What is
// not named here has none. They point down only.
var arrows = map[string][]string{
	"":                      {"internal/atomicfile", "internal/flight", "internal/record"},
	"internal/record":       {"internal/lines"},
	"internal/route":        {"internal/ipaddr", "internal/lines"},
	"internal/seal":         {"", "internal/atomicfile", "internal/record"},
	"internal/oauthtest":    {""},
	"internal/journal":      {"", "internal/atomicfile"},
	"internal/login":        {"", "internal/atomicfile", "internal/lines", "internal/paths"},
	"internal/config":       {"", "internal/atomicfile", "internal/paths", "internal/route"},
	"credhelper":            {"", "internal/ipaddr", "internal/jsonlite"},
	"internal/frontend":     {"", "credhelper", "internal/route"},
	"oauth":                 {"", "internal/retry"},
	"middleware":            {"", "internal/retry", "internal/route"},
	"internal/stored":       {"", "internal/lines"},
	"internal/tier":         {"", "internal/lines"},
	"internal/tier/fartest": {"", "internal/record", "internal/tier"},
	"internal/setup":        {"internal/atomicfile", "internal/paths", "internal/route"},
	"internal/doctor":       {"", "cache/keyring", "internal/atomicfile", "internal/config", "internal/login", "internal/paths", "internal/record", "internal/route", "internal/seal", "internal/session", "internal/setup", "internal/term", "oauth"},
	"cache/keyring":         {""},
	"cache/redis":           {"", "internal/flight", "internal/route", "internal/seal", "internal/tier"},
	"cache/storetest":       {""},
	"internal/session":      {"", "cache/keyring", "cache/redis", "internal/atomicfile", "internal/config", "internal/paths", "internal/route", "internal/seal", "internal/stored", "middleware", "oauth"},
	"oauth/xoauth2":         {"", "internal/flight"},
	"otelfob":               {"", "middleware"},
	"transport":             {"", "internal/route", "internal/session", "middleware"},
	"cmd/fob-helper":        {"", "credhelper", "internal/atomicfile", "internal/frontend", "internal/paths", "internal/record", "internal/route"},
	"cmd/fob":               {"*"},
}

// heavy must not be linked into fob-helper: each of them costs more at start than the whole hit path.
var heavy = []string{
	"net/http", "crypto/x509", "crypto/tls", "encoding/json", "regexp", "log/slog", "os/exec",
	"github.com/go-jose/go-jose", "github.com/spf13/cobra", "github.com/pelletier/go-toml", "github.com/hashicorp/go-retryablehttp",
	"github.com/redis/rueidis",
}

// sizes are the largest stripped binaries, in bytes, for linux/amd64 without cgo. The client of Redis is 0.93 MB of fob's.
var sizes = map[string]int64{"fob-helper": 2_600_000, "fob": 13_200_000}

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T, args ...string) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps"}, args...)...)
	cmd.Dir = "../.."
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pkgs := make(map[string]pkg)
	for dec := json.NewDecoder(out); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs[ours(p.ImportPath)] = p
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return pkgs
}

// ours is an import path below the module: "" for the module itself. Others are returned as they are.
func ours(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
}

func TestArrowsPointDown(t *testing.T) {
	for name, p := range list(t, "./...") {
		allowed := arrows[name]
		for _, imp := range p.Imports {
			if !strings.HasPrefix(imp, module) || slices.Contains(allowed, "*") {
				continue
			}
			if !slices.Contains(allowed, ours(imp)) {
				t.Errorf("%q imports %q: not an arrow of the design", name, ours(imp))
			}
		}
	}
}

func TestTheLibraryNeverImportsHTTPOrAKeyring(t *testing.T) {
	for _, imp := range list(t, ".")[""].Deps {
		if imp == "net/http" || strings.Contains(imp, "go-jose") || strings.Contains(imp, "keyring") {
			t.Errorf("package fob links %s", imp)
		}
	}
}

func TestOnlyOtelfobKnowsOpenTelemetry(t *testing.T) {
	for name, p := range list(t, "./...") {
		otel := func(path string) bool { return strings.HasPrefix(path, "go.opentelemetry.io/") }
		if name != "otelfob" && slices.ContainsFunc(p.Deps, otel) {
			t.Errorf("%q links OpenTelemetry", name)
		}
	}
}

func TestTheHelperLinksNothingHeavy(t *testing.T) {
	for _, dep := range list(t, "./cmd/fob-helper")["cmd/fob-helper"].Deps {
		for _, h := range heavy {
			if dep == h || strings.HasPrefix(dep, h+"/") {
				t.Errorf("fob-helper links %s", dep)
			}
		}
	}
}

func TestBinariesStaySmall(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: builds both binaries")
	}
	for name, limit := range sizes {
		out := filepath.Join(t.TempDir(), name)
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, "./cmd/"+name)
		cmd.Dir = "../.."
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
		if msg, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, msg)
		}
		info, err := os.Stat(out)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes", name, info.Size())
		if info.Size() > limit {
			t.Errorf("%s is %d bytes, want at most %d", name, info.Size(), limit)
		}
	}
}

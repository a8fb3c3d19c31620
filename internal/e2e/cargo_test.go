package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCargoFetchesBuildsAndPublishesWithOneToken(t *testing.T) {
	w := newCargoWorld(t)
	w.cargo(t, "fetch")
	w.cargo(t, "build")
	w.cargo(t, "publish", "--registry=private", "--allow-dirty", "--no-verify")
	if n := w.mints(t); n != 1 {
		t.Errorf("three cargo commands cost %d token requests, want 1", n)
	}
}

// cargo does not run its provider again after a 401, and its logout is how a person says that a token is bad.
func TestCargoLogoutDropsARevokedToken(t *testing.T) {
	w := newCargoWorld(t)
	w.cargo(t, "fetch")
	w.provider.revoke(t, w.client)
	if r := w.fetch(t, w.private); r.err == nil || !strings.Contains(r.stderr, "token rejected") {
		t.Errorf("with a revoked token cargo ended with %v, and said %q", r.err, r.stderr)
	}
	w.run(t, "", "cargo", "logout", "--registry=private")
	if r := w.fetch(t, w.private); r.err != nil {
		t.Errorf("cargo fetch after logout: %v\n%s", r.err, r.stderr)
	}
	if n := w.mints(t); n != 2 {
		t.Errorf("one revocation: %d token requests, want 2", n)
	}
}

func TestCargoLoginIsKeptSealedUntilLogout(t *testing.T) {
	w := newCargoWorld(t)
	token := string(w.provider.mint(t, w.client))
	w.run(t, "Bearer "+token, "cargo", "login", "--registry=foreign")
	if r := w.fetch(t, w.foreign); r.err != nil {
		t.Errorf("cargo fetch after login: %v\n%s", r.err, r.stderr)
	}
	if names := w.holds(t, token); len(names) > 0 {
		t.Errorf("what was typed in lies open in %q", names)
	}
	w.run(t, "", "cargo", "logout", "--registry=foreign")
	if r := w.fetch(t, w.foreign); r.err == nil {
		t.Error("cargo fetch succeeded after logout")
	}
	if r := w.try(t, "", "cargo", "logout", "--registry=foreign"); r.err != nil || !strings.Contains(r.stderr, "not currently logged in") {
		t.Errorf("a second cargo logout ended with %v, and said %q", r.err, r.stderr)
	}
}

func TestCargoIsRefused(t *testing.T) {
	w := newCargoWorld(t)
	w.refuse(t, refusals{unknown: "no token found for `foreign`", login: "login required", down: "connection refused"}, w.fetch)
}

// cargoWorld is a private registry, and a machine whose cargo knows no credential provider but fob.
type cargoWorld struct{ *sites }

func newCargoWorld(t *testing.T) cargoWorld {
	t.Helper()
	need(t, "cargo", "rustc")
	w := cargoWorld{newSites(t, newCrateRegistry(t), askForToken)}
	provider := filepath.Join(w.bin, "cargo-credential-fob")
	link(t, "fob-helper", provider)
	config := fmt.Sprintf("[http]\ncainfo = %q\n", w.authority.caFile)
	for _, at := range []*site{w.private, w.foreign, w.person, w.orphan} {
		config += fmt.Sprintf("[registries.%s]\nindex = \"sparse+%s/index/\"\ncredential-provider = [%q]\n", at.label(), at.url, provider)
	}
	writeFile(t, filepath.Join(w.home, ".cargo", "config.toml"), []byte(config))
	w.env["RUSTUP_HOME"] = os.Getenv("RUSTUP_HOME") // where rustup's cargo finds the real one
	if home, err := os.UserHomeDir(); err == nil && w.env["RUSTUP_HOME"] == "" {
		w.env["RUSTUP_HOME"] = filepath.Join(home, ".rustup")
	}
	return w
}

// cargo runs a command in a crate that needs hello of the private registry.
func (w cargoWorld) cargo(t *testing.T, args ...string) {
	t.Helper()
	if r := w.in(t, w.private, args...); r.err != nil {
		t.Fatalf("cargo %s: %v\n%s", strings.Join(args, " "), r.err, r.stderr)
	}
}

// fetch has cargo ask at for hello as if for the first time.
func (w cargoWorld) fetch(t *testing.T, at *site) result {
	t.Helper()
	for _, kept := range []string{".cargo/registry", at.label() + "/Cargo.lock"} {
		if err := os.RemoveAll(filepath.Join(w.home, kept)); err != nil {
			t.Fatal(err)
		}
	}
	return w.in(t, at, "fetch")
}

// in runs cargo in a crate that needs hello of the registry at.
func (w cargoWorld) in(t *testing.T, at *site, args ...string) result {
	t.Helper()
	manifest := fmt.Sprintf("[package]\nname = \"greeter\"\nversion = \"1.0.0\"\nedition = \"2021\"\n"+
		"description = \"e2e\"\nlicense = \"MIT\"\n[dependencies]\nhello = { version = \"1\", registry = %q }\n", at.label())
	crate := filepath.Dir(writeFile(t, filepath.Join(w.home, at.label(), "Cargo.toml"), []byte(manifest)))
	writeFile(t, filepath.Join(crate, "src", "lib.rs"), nil)
	return w.try(t, "", "cargo", append([]string{args[0], "--quiet", "--manifest-path", filepath.Join(crate, "Cargo.toml")}, args[1:]...)...)
}

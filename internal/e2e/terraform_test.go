package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	svchost "github.com/hashicorp/terraform-svchost"
	"github.com/hashicorp/terraform-svchost/auth"
)

func TestTerraformInstallsWithOneToken(t *testing.T) {
	w := newTerraformWorld(t)
	for range 2 {
		if r := w.install(t, w.private); r.err != nil {
			t.Fatalf("terraform get: %v\n%s", r.err, r.stderr)
		}
	}
	if n := w.mints(t); n != 1 {
		t.Errorf("two installations cost %d token requests, want 1", n)
	}
}

// Terraform does not tell its helper of a 401, and its logout is how a person says that a token is bad.
func TestTerraformLogoutDropsARevokedToken(t *testing.T) {
	w := newTerraformWorld(t)
	w.install(t, w.private)
	w.provider.revoke(t, w.client)
	if r := w.install(t, w.private); r.err == nil {
		t.Error("terraform succeeded with a revoked token")
	}
	w.run(t, "", "terraform", "logout", w.private.name)
	if r := w.install(t, w.private); r.err != nil {
		t.Errorf("terraform get after logout: %v\n%s", r.err, r.stderr)
	}
	if n := w.mints(t); n != 2 {
		t.Errorf("one revocation: %d token requests, want 2", n)
	}
}

func TestTerraformIsRefused(t *testing.T) {
	w := newTerraformWorld(t)
	w.env["TF_LOG"] = "warn" // else nobody reads what a helper says: Terraform goes on without
	w.refuse(t, refusals{unknown: "401 Unauthorized", login: "login required", down: "connection refused"}, w.install)
}

// The package that Terraform runs its helpers with, for where the program cannot be had.
func TestTerraformsPackageGetsAndForgets(t *testing.T) {
	w := newTerraformSites(t)
	creds := w.credentials(t)
	if r := w.list(t, creds, w.private); r.err != nil {
		t.Fatal(r.err)
	}
	w.provider.revoke(t, w.client)
	if r := w.list(t, creds, w.private); r.err == nil {
		t.Error("a revoked token was taken")
	}
	if err := creds.ForgetForHost(svchost.Hostname(w.private.name)); err != nil {
		t.Fatal(err)
	}
	if r := w.list(t, creds, w.private); r.err != nil {
		t.Error(r.err)
	}
	if n := w.mints(t); n != 2 {
		t.Errorf("one revocation: %d token requests, want 2", n)
	}
	w.refuse(t, refusals{unknown: "401 Unauthorized", login: "login required", down: "connection refused"}, func(t *testing.T, at *site) result {
		return w.list(t, creds, at)
	})
}

func TestTerraformsPackageStoresSealedUntilItForgets(t *testing.T) {
	w := newTerraformSites(t)
	creds, foreign := w.credentials(t), svchost.Hostname(w.foreign.name)
	token := string(w.provider.mint(t, w.client))
	if err := creds.StoreForHost(foreign, auth.HostCredentialsToken(token)); err != nil {
		t.Fatal(err)
	}
	if r := w.list(t, creds, w.foreign); r.err != nil {
		t.Errorf("after store: %v", r.err)
	}
	if names := w.holds(t, token); len(names) > 0 {
		t.Errorf("what was stored lies open in %q", names)
	}
	if err := creds.ForgetForHost(foreign); err != nil {
		t.Fatal(err)
	}
	if r := w.list(t, creds, w.foreign); r.err == nil {
		t.Error("the token was there after forget")
	}
}

// terraformWorld is a private module registry, and a machine whose terraform knows no credentials helper but fob.
type terraformWorld struct{ *sites }

func newTerraformWorld(t *testing.T) terraformWorld {
	t.Helper()
	need(t, "terraform")
	w := newTerraformSites(t)
	config := "credentials_helper \"fob\" {}\n"
	for _, at := range []*site{w.private, w.foreign, w.person, w.orphan} { // a host's name needs a dot, and may have no address
		config += fmt.Sprintf("host %q {\n  services = { \"modules.v1\" = %q }\n}\n", at.name, at.url+"/modules/")
	}
	w.env["TF_CLI_CONFIG_FILE"], w.env["CHECKPOINT_DISABLE"] = writeFile(t, filepath.Join(w.home, "terraformrc"), []byte(config)), "1"
	return w
}

func newTerraformSites(t *testing.T) terraformWorld {
	t.Helper()
	w := terraformWorld{newSites(t, newModuleRegistry(t), askForToken)}
	if err := os.MkdirAll(filepath.Dir(w.helper()), 0o700); err != nil {
		t.Fatal(err)
	}
	link(t, filepath.Join(w.bin, "fob-helper"), w.helper())
	return w
}

// helper lies where Terraform looks for plugins.
func (w terraformWorld) helper() string {
	return filepath.Join(w.home, ".terraform.d", "plugins", "terraform-credentials-fob")
}

// install has terraform install the module of the registry at as if for the first time.
func (w terraformWorld) install(t *testing.T, at *site) result {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "main.tf"), fmt.Appendf(nil, "module \"hello\" {\n  source = \"%s/e2e/hello/test\"\n}\n", at.name))
	return w.try(t, "", "terraform", "-chdir="+dir, "get", "-no-color")
}

// credentials is how Terraform sees its helper.
func (w terraformWorld) credentials(t *testing.T) auth.CredentialsSource {
	t.Helper()
	w.adopt(t)
	return auth.HelperProgramCredentialsSource(w.helper())
}

// list asks the registry at for the module's versions, with the credentials that there are for its name.
func (w terraformWorld) list(t *testing.T, creds auth.CredentialsSource, at *site) result {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at.url+"/modules/e2e/hello/test/versions", nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := creds.ForHost(svchost.Hostname(at.name))
	if err != nil {
		return result{stderr: err.Error(), err: err}
	}
	if c != nil {
		c.PrepareRequest(req)
	}
	return w.send(t, req)
}

package credhelper_test

import (
	"strings"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
)

func TestVault(t *testing.T) {
	for _, c := range []struct {
		env          map[string]string
		origin, path string
	}{
		{map[string]string{"VAULT_ADDR": "https://vault.example.com:8200"}, "https://vault.example.com:8200", ""},
		{map[string]string{"VAULT_ADDR": "https://vault.example.com:8200/", "VAULT_NAMESPACE": "team/a/"}, "https://vault.example.com:8200", "team/a"},
		{map[string]string{"VAULT_ADDR": "https://example.com/vault", "VAULT_NAMESPACE": "/team"}, "https://example.com", "vault/team"},
		{map[string]string{"VAULT_ADDR": "http://127.0.0.1:8200"}, "http://127.0.0.1:8200", ""},
		{map[string]string{"BAO_ADDR": "https://bao.example.com:8200", "BAO_NAMESPACE": "team"}, "https://bao.example.com:8200", "team"},
		{nil, "", ""}, // -address may name any server
	} {
		h := anHour()
		r := serve(h, "", c.env, "fob-vault", "get")
		compare(t, c.origin, r.stdout.String(), readFile(t, "vault/get.out"))
		if r.code != 0 || r.stderr.Len() != 0 || h.req.Origin() != c.origin || h.req.Path != c.path || h.req.Protocol != "vault" {
			t.Errorf("%s: exit status %d, %q, asked for %s", c.origin, r.code, r.stderr.String(), h.req)
		}
	}
}

func TestVaultGoesOnWithoutAToken(t *testing.T) {
	r := serve(anHour(), "", map[string]string{"VAULT_ADDR": "https://other.example"}, "fob", "vault", "get")
	if r.code != 0 || r.stdout.Len()+r.stderr.Len() != 0 {
		t.Errorf("exit status %d, %d bytes; want 0 and silence", r.code, r.stdout.Len()+r.stderr.Len())
	}
}

func TestVaultStoresAndErases(t *testing.T) {
	env := map[string]string{"VAULT_ADDR": "https://vault.example.com", "VAULT_NAMESPACE": "team"}
	for _, token := range []string{"hvs.fob-canary-7f3a9c", "hvs.fob-canary-7f3a9c\n"} {
		h := anHour()
		r := serve(h, token, env, "fob", "vault", "store")
		if r.code != 0 || r.stdout.Len() != 0 || h.did != "store" || h.used.Secret != "hvs.fob-canary-7f3a9c" || h.used.Form != credhelper.Password || h.req.Path != "team" {
			t.Errorf("exit status %d, %d bytes, the handler was told %q for %s", r.code, r.stdout.Len(), h.did, h.req)
		}
	}
	h := anHour()
	if r := serve(h, "", env, "fob", "vault", "erase"); r.code != 0 || r.stdout.Len() != 0 || h.did != "erase" || h.used.Secret != "" {
		t.Errorf("exit status %d, %d bytes, the handler was told %q", r.code, r.stdout.Len(), h.did)
	}
}

func TestVaultRefusesWhatIsOutOfForm(t *testing.T) {
	const ok = "https://vault.example.com"
	for _, c := range []struct{ verb, stdin, addr, namespace, other string }{
		{"get", "", "http://vault.example.com:8200", "", ""}, {"get", "", "vault.example.com", "", ""}, {"get", "", "https://", "", ""}, {"get", "", "https://ann:x@vault.example.com", "", ""},
		{"get", "", "https://vault.exämple.com", "", ""}, {"get", "", ok + "\n", "", ""}, {"get", "", ok + "\r", "", ""}, {"get", "", ok + "\x00", "", ""}, {"get", "", "unix:///run/vault", "", ""},
		{"get", "", "https://" + strings.Repeat("a", 300) + ".example", "", ""}, {"get", "", ok + "?x", "", ""}, {"get", "", ok, "../other", ""}, {"get", "", ok, "a\nb", ""}, {"get", "", ok, "", "https://bao.example.com"},
		{"store", "", ok, "", ""}, {"store", "\n", ok, "", ""}, {"store", "a b", ok, "", ""}, {"store", "a\nb", ok, "", ""}, {"store", "a\r\n", ok, "", ""}, {"store", "a\x00", ok, "", ""}, {"store", "ä", ok, "", ""},
		{"store", "hvs.fob-canary-7f3a9c", "", "", ""}, {"store", strings.Repeat("a", 2<<20), ok, "", ""}, {"login", "", ok, "", ""}, {"", "", ok, "", ""},
	} {
		h := anHour()
		env := map[string]string{"VAULT_ADDR": c.addr, "VAULT_NAMESPACE": c.namespace, "BAO_ADDR": c.other}
		r := serve(h, c.stdin, env, append([]string{"fob", "vault"}, fields(c.verb)...)...)
		if r.code != 2 || r.stdout.Len() != 0 || h.did != "" || strings.Count(r.stderr.String(), "\n") != 1 || holdsCanary(r) {
			t.Errorf("%s of %.20q for %.40q: exit status %d, %d bytes, %q; want 2, none, one line", c.verb, c.stdin, c.addr, r.code, r.stdout.Len(), r.stderr.String())
		}
	}
}

func TestVaultGetsOnlyWhatItCanSend(t *testing.T) {
	for _, secret := range []fob.Secret{"fob-canary-7f3a9c\n", "fob-canary-7f3a9c x", "fob-canary-7f3a9c\u00e9"} {
		h := anHour()
		h.cred.Secret = secret
		if r := serve(h, "", nil, "fob", "vault", "get"); r.code == 0 || r.stdout.Len() != 0 || holdsCanary(r) {
			t.Errorf("exit status %d and %d bytes, want a failure and none", r.code, r.stdout.Len())
		}
	}
}

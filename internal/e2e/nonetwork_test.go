package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// docker lists what its helper has, and asks it for every server there is: that is no reason to ask anybody.
func TestDockerListAndUnknownHostsNeedNoNetwork(t *testing.T) {
	if runtime.GOOS != "linux" {
		return
	}
	need(t, "strace")
	a, c := newAuthority(t), machineClient("registry-client", "client_secret_basic")
	p := startProvider(t, a, c)
	m := newMachine(t, a, profileOf(p, c, `client_secret = { env = "CLIENT_SECRET" }`))
	for name, seconds := range map[string]int{"with a token": 600, "with one that is about to expire": 1} {
		t.Run(name, func(t *testing.T) {
			p.lifetime(t, c, seconds)
			m.newToken(t)
			before := p.requests(t, "/token")
			if r := m.withoutNetwork(t, "unused", "list"); r.err != nil {
				t.Errorf("list: %v\n%s", r.err, r.stderr)
			}
			for i := range 20 {
				r := m.withoutNetwork(t, fmt.Sprintf("registry-%d.invalid", i), "get")
				if want := "credentials not found in native keychain\n"; r.stdout != want {
					t.Errorf("get of an unknown host: %d bytes, want %q", len(r.stdout), want)
				}
			}
			if n := p.requests(t, "/token") - before; n != 0 {
				t.Errorf("%d token requests, want none", n)
			}
		})
	}
}

// withoutNetwork runs docker-credential-fob, which opens no socket of the internet's.
func (m *machine) withoutNetwork(t *testing.T, stdin, verb string) result {
	t.Helper()
	log := filepath.Join(t.TempDir(), "calls")
	r := m.try(t, stdin, "strace", "-f", "-qq", "-e", "trace=socket", "-o", log, filepath.Join(m.bin, "docker-credential-fob"), verb)
	calls, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(calls), "AF_INET") {
		t.Errorf("%s of %s goes to the network:\n%s", verb, stdin, calls)
	}
	return r
}

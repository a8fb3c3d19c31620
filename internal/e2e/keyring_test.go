package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
)

const tokenFor = "https://git.example/"

func (m *machine) token(t *testing.T, flags ...string) fob.Secret {
	t.Helper()
	args := append([]string{"token", "--for", tokenFor}, flags...)
	return fob.Secret(strings.TrimSpace(m.run(t, "", "fob", args...)))
}

// newToken needs the refresh token, and so the sealing key.
func (m *machine) newToken(t *testing.T) fob.Secret { t.Helper(); return m.token(t, "--force-refresh") }

// sealing is what fob status says of m's sealing key.
func (m *machine) sealing(t *testing.T) (place, key string) {
	t.Helper()
	var states []struct {
		Sealing string
		Key     string `json:"sealing_key"`
	}
	if err := json.Unmarshal([]byte(m.run(t, "", "fob", "status", "--json")), &states); err != nil || len(states) == 0 {
		t.Fatalf("status says nothing that can be read (error %v)", err)
	}
	return states[0].Sealing, states[0].Key
}

// files are what fob keeps, byte for byte, but for its notes and its locks.
func (m *machine) files(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{"state/*/*.rec", ".local/share/fob/seal.key"} {
		names, err := filepath.Glob(filepath.Join(m.home, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&all, "%s\n%s\n", name, data)
		}
	}
	return all.String()
}

// inTime is try for a command that a keyring must not hold up for longer than it is given.
func (m *machine) inTime(t *testing.T, limit time.Duration, name string, args ...string) result {
	t.Helper()
	begun := time.Now()
	r := m.try(t, "", name, args...)
	if took := time.Since(begun); took > limit {
		t.Errorf("%s %s took %v, want at most %v", name, strings.Join(args, " "), took, limit)
	}
	return r
}

const (
	soon    = 2 * time.Second                       // no keyring is waited for
	patient = 3*time.Second + 1500*time.Millisecond // one is, once
)

func TestALoginPutsTheSealingKeyIntoTheKeyring(t *testing.T) {
	a, c := newAuthority(t), personClient("persons-client")
	p := startProvider(t, a, c)
	m := newPersonsMachine(t, a, p, c)
	m.startSecretService(t)
	if r := m.try(t, "", "fob", "login", "alice"); r.err != nil || !strings.HasSuffix(r.stderr, ", sealed by the keyring\n") {
		t.Errorf("login said %q (%v), want it to name the keyring", r.stderr, r.err)
	}
	place, key := m.sealing(t)
	found := m.try(t, "", "secret-tool", "search", "service", "fob")
	if place != "keyring" || !strings.Contains(found.stderr+found.stdout, "username = "+key+"\n") || strings.Count(found.stderr+found.stdout, "username = ") != 1 {
		t.Errorf("the key lies in the %s, and the keyring has not it alone", place)
	}
	if names := m.holds(t, "keyring:"+key); len(names) != 1 {
		t.Errorf("%d files say where the key lies, want seal.key alone", len(names))
	}
	first := m.token(t)
	if next := m.newToken(t); next == first || !p.active(t.Context(), next) {
		t.Error("another process could not use the refresh token that the key seals")
	}

	m.run(t, "", "fob", "rekey", "--to", "file")
	if place, _ := m.sealing(t); place != "file" || m.try(t, "", "secret-tool", "search", "service", "fob").stdout != "" {
		t.Errorf("after rekey --to file the key lies in the %s, or in the keyring still", place)
	}
	m.run(t, "", "fob", "rekey", "--to", "keyring")
	if place, _ := m.sealing(t); place != "keyring" {
		t.Errorf("after rekey --to keyring the key lies in the %s", place)
	}
	m.newToken(t)
}

func TestSealAllHoldsWithTheKeyInTheKeyring(t *testing.T) {
	a, c := newAuthority(t), machineClient("sealed-client", "client_secret_basic")
	p := startProvider(t, a, c)
	m := newMachine(t, a, "seal = \"all\"\n"+profileOf(p, c, `client_secret = { env = "CLIENT_SECRET" }`))
	s := m.startSecretService(t)
	m.run(t, "", "fob", "login", "corp")
	token := m.token(t)
	if names := m.holds(t, string(token)); len(names) > 0 {
		t.Errorf("the token lies in the clear in %s", names)
	}
	if n := p.requests(t, "/token"); n != 1 {
		t.Errorf("%d token requests, want the login's alone", n)
	}
	before := m.files(t)
	s.lock(t)
	if r := m.inTime(t, soon, "fob", "token", "--for", tokenFor); r.err != nil || m.files(t) != before {
		t.Errorf("while the keyring is locked: %v, want a token, and what is kept left alone", r.err)
	}
}

func profileOf(p *provider, c client, secret string) string {
	return fmt.Sprintf("[profile.corp]\nissuer = %q\nclient_id = %q\n%s\nhosts = %s\n", p.issuer, c.ID, secret, helperHosts)
}

func TestALockedKeyringWeakensNothing(t *testing.T) {
	a, c := newAuthority(t), personClient("persons-client")
	p := startProvider(t, a, c)
	m := newPersonsMachine(t, a, p, c)
	s := m.startSecretService(t)
	m.run(t, "", "fob", "login", "alice")
	token, before, requests := m.token(t), m.files(t), p.requests(t, "/token")
	s.lock(t)
	if got := m.token(t); got != token {
		t.Error("the access token that lies in the clear was not served")
	}
	for _, args := range [][]string{{"token", "--force-refresh", "--for", tokenFor}, {"login", "alice"}, {"rekey"}, {"rekey", "--to", "file"}} {
		r := m.inTime(t, soon, "fob", args...)
		if r.code() != 75 || !strings.Contains(r.stderr, "keyring is locked\nfob: hint: unlock the keyring\n") {
			t.Errorf("fob %s: %v, and said %q, want 75 and the keyring named", args, r.err, r.stderr)
		}
	}
	if m.files(t) != before || p.requests(t, "/token") != requests || !s.locked(t) {
		t.Error("something was written, sent or unlocked")
	}
	s.unlock(t)
	if next := m.newToken(t); next == token {
		t.Error("once it is unlocked, no new token")
	}
}

func TestAKeyringThatIsLockedAtTheFirstLoginIsNotChosen(t *testing.T) {
	a, c := newAuthority(t), personClient("persons-client")
	m := newPersonsMachine(t, a, startProvider(t, a, c), c)
	m.startSecretService(t).lock(t)
	r := m.inTime(t, soon, "fob", "login", "alice")
	if place, _ := m.sealing(t); r.err != nil || place != "file" || !strings.Contains(r.stderr, "keyring is locked; ") {
		t.Errorf("the key lies in the %s, and login said %q (%v), want the file, and why", place, r.stderr, r.err)
	}
	m.newToken(t)
}

// dbus-launch would start a session bus that outlives everyone.
func TestWithoutASessionBusNoneIsStarted(t *testing.T) {
	a, c := newAuthority(t), personClient("persons-client")
	p := startProvider(t, a, c)
	for name, env := range map[string][2]string{
		"nothing":            {"", ""},
		"an empty directory": {"", t.TempDir()},
		"an invitation":      {"autolaunch:", t.TempDir()},
	} {
		m := newPersonsMachine(t, a, p, c)
		m.env["DBUS_SESSION_BUS_ADDRESS"], m.env["XDG_RUNTIME_DIR"] = env[0], env[1]
		mark := filepath.Join(m.home, "launched")
		for _, name := range []string{"dbus-launch", "dbus-daemon", "gnome-keyring-daemon"} {
			if err := os.WriteFile(filepath.Join(m.bin, name), fmt.Appendf(nil, "#!/bin/sh\n: >%s\n", mark), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		for _, args := range [][]string{{"login", "alice"}, {"token", "--force-refresh", "--for", tokenFor}, {"rekey"}} {
			if r := m.inTime(t, soon, "fob", args...); r.err != nil || strings.Contains(r.stderr, "keyring") {
				t.Errorf("%s: fob %s: %v, and said %q, want no word of a keyring", name, args, r.err, r.stderr)
			}
		}
		if place, _ := m.sealing(t); place != "file" || exists(mark) {
			t.Errorf("%s: the key lies in the %s, a bus was started: %v, want the file, and none", name, place, exists(mark))
		}
	}
}

func TestAKeyringThatHangsCostsThreeSecondsOnce(t *testing.T) {
	a, c := newAuthority(t), personClient("persons-client")
	p := startProvider(t, a, c)
	m := newPersonsMachine(t, a, p, c)
	m.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=" + hangingBus(t)
	r := m.inTime(t, patient, "fob", "login", "alice")
	if place, _ := m.sealing(t); r.err != nil || place != "file" || strings.Count(r.stderr, "keyring does not answer") != 1 {
		t.Errorf("the key lies in the %s, and login said %q (%v), want the file, and why in one line", place, r.stderr, r.err)
	}

	token := m.token(t)
	moved := filepath.Join(m.home, ".local/share/fob/seal.key")
	writeFile(t, moved, []byte("keyring:0123456789abcdef\n")) // as if the choice had been the keyring
	before := m.files(t)
	if got := m.inTime(t, patient, "fob", "token", "--for", tokenFor); strings.TrimSpace(got.stdout) != string(token) {
		t.Error("the access token that lies in the clear was not served")
	}
	for _, args := range [][]string{{"login", "alice"}, {"rekey", "--to", "file"}} {
		if r := m.inTime(t, patient, "fob", args...); r.code() != 75 || strings.Count(r.stderr, "keyring does not answer") != 1 {
			t.Errorf("fob %s: %v, and said %q, want 75 and why in one line", args, r.err, r.stderr)
		}
	}
	if m.files(t) != before {
		t.Error("what is kept was not left alone")
	}
}

// hangingBus is a socket on which somebody listens and never says a word.
func hangingBus(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return path
}

func TestAClientSecretCanLieInTheKeyring(t *testing.T) {
	a, c := newAuthority(t), machineClient("keyring-client", "client_secret_basic")
	p := startProvider(t, a, c)
	m := newMachine(t, a, profileOf(p, c, `client_secret = { keyring = "corp/build-17" }`))
	m.startSecretService(t)
	m.run(t, c.Secret, "secret-tool", "store", "--label=fob", "service", "corp", "username", "build-17")
	m.token(t)
	if n := p.requests(t, "/token"); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}

package main

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/redistest"
)

// sharer is a machine whose profile corp has that store, and more keys.
func sharer(t *testing.T, url string, more ...string) *machine {
	t.Helper()
	m := machineFor(t, `[profile.corp]
issuer = "$SERVER"
client_id = "c"
client_secret = { file = "$WORK/secret" }
hosts = ["git.corp.example"]
allow = ["raw"]
store_keys = { file = "$WORK/keys" }
store = "`+url+`"
`+strings.Join(more, "\n"))
	if err := m.write("keys", string(redis.NewKey())); err != nil {
		t.Fatal(err)
	}
	m.environ = m.quiet()
	return m
}

// busyNotice is said where a machine takes a second and more for what it does in one otherwise.
const busyNotice = "fob: waiting for another process, which is minting the token of corp\n"

const storePassword = "pw-" + oauthtest.Canary

// TestTroubleWithAStoreIsALineAndNoTokenLess: it names the setting, and what to do about it.
func TestTroubleWithAStoreIsALineAndNoTokenLess(t *testing.T) {
	r := redistest.Start(t, redistest.Options{Password: storePassword, Config: []string{"user reader on >" + storePassword + " ~fob:* resetchannels +@all -eval -evalsha"}})
	secure, clear, gone := redistest.Start(t, redistest.Options{TLS: true}), redistest.Start(t, redistest.Options{}), redistest.Start(t, redistest.Options{})
	gone.Kill()
	for what, tc := range map[string]struct {
		url        string
		line, hint string
	}{
		"a wrong password":                 {"redis://:wrong-" + oauthtest.Canary + "@" + r.Address(), "store_password: shared store out of use: " + r.Address() + " refuses user or password", "check store_password of profile corp"},
		"no password":                      {"redis://" + r.Address(), "store_password: shared store out of use: " + r.Address() + " wants a password", "check store_password of profile corp"},
		"another authority":                {secure.URL(), "store_ca_file: shared store out of use: " + secure.Address() + " has a certificate of an unknown authority", "store_ca_file has the certificate"},
		"TLS with a server that has none":  {"rediss://" + clear.Address(), "store", "check store of profile corp"}, // it says nothing, which is told as the one or the other,
		"no TLS with a server that has it": {"redis://" + secure.Address(), "store_ca_file: shared store out of use: " + secure.Address() + " cannot be spoken to, perhaps for want of TLS", "check store of profile corp"},
		"a right that is missing":          {"redis://reader:" + storePassword + "@" + r.Address(), "store: shared store out of use: " + r.Address() + " denies the user the command eval", "docs/fleet.md"},
		"a server that is gone":            {gone.URL(), "store: shared store out of use: " + gone.Address() + " cannot be reached: connect: connection refused", "whether the server can be reached"},
	} {
		t.Run(what, func(t *testing.T) {
			got := sharer(t, tc.url).run(t, "", "fob", "token", "corp")
			for tries := 0; tries < 5 && tc.line != "store" && strings.Contains(got.stderr, "no answer in time"); tries++ { // the machine is busy, and nothing is proved
				got = sharer(t, tc.url).run(t, "", "fob", "token", "corp")
			}
			if got.code != 0 || got.stdout != "access-1\n" {
				t.Errorf("exit %d, stdout %q, want a token", got.code, got.stdout)
			}
			lines := strings.Split(strings.ReplaceAll(got.stderr, busyNotice, ""), "\n")
			if len(lines) != 3 || !strings.Contains(lines[0], "profile corp: "+tc.line) || !strings.HasPrefix(lines[1], "fob: hint: ") || !strings.Contains(lines[1], tc.hint) {
				t.Errorf("got\n%swant a line with\n%s\nand a hint with\n%s", got.stderr, tc.line, tc.hint)
			}
		})
	}
}

func TestSettingsOfAStoreThatMakeNoSenseGiveNoToken(t *testing.T) {
	for what, tc := range map[string]struct{ url, keys, want string }{
		"no URL":             {"redis.corp.example", "", "config.toml:8:1: profile.corp.store: wants redis://HOST, rediss://HOST, valkey://HOST, valkeys://HOST or unix:///PATH\n"},
		"keys that are none": {"redis://127.0.0.1:1", storePassword, "fob: profile corp: store_keys: "},
	} {
		t.Run(what, func(t *testing.T) {
			m := sharer(t, tc.url)
			if tc.keys != "" {
				if err := m.write("keys", tc.keys); err != nil {
					t.Fatal(err)
				}
			}
			got := m.run(t, "", "fob", "token", "corp")
			if got.code != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, tc.want) || strings.Contains(got.stderr, oauthtest.Canary) || strings.Count(got.stderr, "\n") != 1 {
				t.Errorf("exit %d, %d lines, want %d and one with %q", got.code, strings.Count(got.stderr, "\n"), exitUsage, tc.want)
			}
			if n := m.server.Counts().Requests(); n != 0 {
				t.Errorf("%d token requests, want none", n)
			}
		})
	}
}

func TestAStoreWithoutKeysComesWithAHint(t *testing.T) {
	m := machineFor(t, "[profile.corp]\nissuer = \"$SERVER\"\nclient_id = \"c\"\nstore = \"redis://127.0.0.1\"\n")
	got := m.run(t, "", "fob", "status")
	if got.code != exitUsage || !strings.Contains(got.stderr, "profile.corp.store: store_keys is missing\nfob: hint: make a key with \"fob keygen\"") {
		t.Errorf("exit %d, %s", got.code, got.stderr)
	}
}

func TestKeygenPrintsAKeyThatStoreKeysTakes(t *testing.T) {
	r := redistest.Start(t, redistest.Options{})
	m := sharer(t, r.URL())
	key := m.run(t, "", "fob", "keygen")
	if key.code != 0 || len(key.stdout) != 44 || key.stdout == m.run(t, "", "fob", "keygen").stdout {
		t.Fatal("keygen does not print a key of its own each time, on a line")
	}
	if err := m.write("keys", key.stdout); err != nil {
		t.Fatal(err)
	}
	if got := m.run(t, "", "fob", "token", "corp"); got.code != 0 || got.stderr != "" {
		t.Errorf("exit %d, %s", got.code, got.stderr)
	}
}

// TestStatusSaysWhoIsMinting on whichever machine, and since when.
func TestStatusSaysWhoIsMinting(t *testing.T) {
	r := redistest.Start(t, redistest.Options{})
	m := sharer(t, r.URL())
	m.server.Fault(oauthtest.Fault{Hang: true, Reached: func() { m.reached <- struct{}{} }})
	minting := m.command(t, "", "fob", "token", "corp")
	if err := minting.Start(); err != nil {
		t.Fatal(err)
	}
	<-m.reached
	pid := strconv.Itoa(minting.Process.Pid)
	if got := m.run(t, "", "fob", "status"); !strings.Contains(got.stdout, "MINTING") || !strings.Contains(got.stdout, ", pid "+pid+", for ") {
		t.Errorf("got\n%s%swant pid %s to be minting", got.stdout, got.stderr, pid)
	}
	var states []struct {
		Lease struct {
			Host  string
			PID   int
			Since time.Time
		}
	}
	if err := json.Unmarshal([]byte(m.run(t, "", "fob", "status", "--json").stdout), &states); err != nil {
		t.Fatal(err)
	}
	if l := states[0].Lease; strconv.Itoa(l.PID) != pid || time.Since(l.Since) > time.Minute {
		t.Errorf("got %+v", l)
	}
	m.server.Release()
	if err := minting.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := m.run(t, "", "fob", "status"); strings.Contains(got.stdout, "MINTING") || !strings.Contains(got.stdout, "valid") || !strings.Contains(got.stdout, "redis://"+r.Address()) {
		t.Errorf("got\n%swant a valid token in the store, and nobody minting", got.stdout)
	}
}

// TestWithoutItsServerAStoreHasTheCopyOfThisMachine: and one that accepts and says nothing holds nobody up.
func TestWithoutItsServerAStoreHasTheCopyOfThisMachine(t *testing.T) {
	r := redistest.Start(t, redistest.Options{})
	m := sharer(t, r.URL())
	if got := m.run(t, "", "fob", "token", "corp"); got.stdout != "access-1\n" || got.stderr != "" {
		t.Fatal(got.stderr)
	}
	r.Kill()
	silent, err := net.Listen("tcp", r.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	begun := time.Now()
	got := m.run(t, "", "fob", "status")
	if !strings.Contains(got.stdout, "valid") || !strings.Contains(got.stdout, "redis://"+r.Address()+", out of use: the copy here") || time.Since(begun) > time.Minute {
		t.Errorf("after %v got\n%s%s", time.Since(begun), got.stdout, got.stderr)
	}
	if got := m.run(t, "", "fob", "token", "corp"); got.stdout != "access-1\n" {
		t.Errorf("got %q, want the copy", got.stdout)
	}
}

// TestLoginAndLogoutSayForWhomTheyCount, and fob-helper leaves such a profile to fob.
func TestLoginAndLogoutSayForWhomTheyCount(t *testing.T) {
	r := redistest.Start(t, redistest.Options{})
	m := sharer(t, r.URL())
	if got := m.run(t, "", "fob", "login", "corp").stderr; !strings.HasSuffix(got, ", kept in redis://"+r.Address()+"\n") {
		t.Errorf("got %s", got)
	}
	const question = "protocol=https\nhost=git.corp.example\n\n"
	for range 2 {
		if got := m.run(t, question, "git-credential-fob", "get"); !strings.Contains(got.stdout, "password=access-1\n") {
			t.Errorf("git got %q, %s", got.stdout, got.stderr)
		}
	}
	if records, err := filepath.Glob(m.path("state", "fob", "tokens", "*.rec")); err != nil || len(records) != 0 {
		t.Errorf("%v lies in the clear, error %v", records, err)
	}
	if got, want := m.run(t, "", "fob", "logout", "corp").stderr, "logged out of corp on all machines that share redis://"+r.Address()+"\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

// TestAMachineWithOtherKeysGoesByItself: what the others have stays as it is.
func TestAMachineWithOtherKeysGoesByItself(t *testing.T) {
	r := redistest.Start(t, redistest.Options{})
	others := sharer(t, r.URL())
	if got := others.run(t, "", "fob", "token", "corp"); got.stdout != "access-1\n" || got.stderr != "" {
		t.Fatal(got.stderr)
	}
	m := sharer(t, r.URL())
	config, err := os.ReadFile(others.path("config/fob/config.toml"))
	if err == nil {
		err = m.configure(strings.ReplaceAll(string(config), others.dir, m.dir))
	}
	if err != nil {
		t.Fatal(err)
	}
	got := m.run(t, "", "fob", "token", "corp")
	lines := strings.Split(got.stderr, "\n")
	if got.code != 0 || got.stdout != "access-2\n" || len(lines) != 3 || !strings.Contains(lines[0], "profile corp: store_keys: ") || !strings.Contains(lines[1], "check store_keys of profile corp") {
		t.Errorf("exit %d, stdout %q, stderr\n%s", got.code, got.stdout, got.stderr)
	}
	if got := others.run(t, "", "fob", "token", "corp"); got.stdout != "access-1\n" || got.stderr != "" {
		t.Errorf("the others have %q, %s", got.stdout, got.stderr)
	}
}

// TestTheUserThatTheDocsGiveMayDoWhatIsNeeded, and no more is told to give it.
func TestTheUserThatTheDocsGiveMayDoWhatIsNeeded(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "fleet.md"))
	if err != nil {
		t.Fatal(err)
	}
	rule := regexp.MustCompile(`(?m)^user fob on >….*$`).FindString(string(page))
	if rule == "" {
		t.Fatal("no rule in docs/fleet.md")
	}
	r := redistest.Start(t, redistest.Options{Password: storePassword, Config: []string{strings.Replace(rule, ">…", ">"+storePassword, 1)}})
	m := sharer(t, "redis://fob:"+storePassword+"@"+r.Address())
	for _, args := range [][]string{{"token", "corp"}, {"token", "--force-refresh", "corp"}, {"status"}, {"logout", "corp"}} {
		got := m.run(t, "", "fob", args...)
		if said := strings.TrimPrefix(got.stderr, "logged out of corp on all machines that share redis://"+r.Address()+"\n"); got.code != 0 || said != "" {
			t.Errorf("%s: exit %d, %s", args[0], got.code, said)
		}
	}
	s, p, err := m.profile("corp")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(t.Context())
	if err := p.CheckStore(t.Context()); err != nil {
		t.Error(err)
	}
}

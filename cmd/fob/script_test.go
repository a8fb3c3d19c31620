package main

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/lines"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs testdata/script, each on a machine of its own. What a script has as config.toml is the user's
// configuration, in which $SERVER, $HOST and $WORK are filled in.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		Setup:              setUp,
		RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"age": age, "answers": answers, "await": await, "browser": browser, "configure": configure, "credential": gitCredential, "empty": empty, "exit": exit, "foreign": foreign, "holds": holds, "issue": issue, "keep": keep, "opened": opened, "place": placeProgram, "quietly": quietly, "secret": secret, "server": server, "spoil": spoil,
		},
	})
}

type machineKey struct{}

func machineOf(ts *testscript.TestScript) *machine { return ts.Value(machineKey{}).(*machine) }

func setUp(env *testscript.Env) error {
	m, err := newMachine(env.WorkDir)
	if err != nil {
		return err
	}
	env.Defer(m.server.Close)
	env.Values[machineKey{}] = m
	env.Vars = append(env.Vars, m.environ...)
	env.Setenv("SERVER", m.server.PlainURL)
	env.Setenv("SECURE", m.server.URL) // of an authority that nobody knows but by ca.pem
	env.Setenv("HOST", strings.TrimPrefix(m.server.PlainURL, "http://"))
	if err := m.write("ca.pem", string(m.server.CA())); err != nil {
		return err
	}
	text, err := os.ReadFile(m.path("config.toml"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return errors.Join(err, m.configure(string(text)))
}

// await waits until a file holds a text that another process writes: await FILE TEXT
func await(ts *testscript.TestScript, neg bool, args []string) {
	for range 2000 {
		if data, _ := os.ReadFile(ts.MkAbs(args[0])); strings.Contains(string(data), args[1]) {
			return
		}
		time.Sleep(5 * time.Millisecond) // nothing but the file tells what the other process does
	}
	ts.Fatalf("%s never held %q", args[0], args[1])
}

// exit runs a program and compares its exit status: exit 2 fob bogus
func exit(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	var failed *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); err != nil && !errors.As(err, &failed) {
		ts.Fatalf("%v", err)
	}
	got := 0
	if failed != nil {
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// configure replaces the configuration: configure FILE
func configure(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(machineOf(ts).configure(ts.ReadFile(args[0])))
}

// issue writes the refresh token of a login made elsewhere to a file: issue FILE
func issue(ts *testscript.TestScript, neg bool, args []string) {
	m := machineOf(ts)
	ts.Check(m.write(args[0], string(m.server.Issue("c").Refresh)))
}

// keep makes up the token that is kept: keep PROFILE ACCESS EXPIRY
func keep(ts *testscript.TestScript, neg bool, args []string) {
	expiry, err := time.Parse(time.RFC3339, args[2])
	ts.Check(err)
	ts.Check(machineOf(ts).keep(args[0], hour(fob.Secret(args[1]), expiry)))
}

// age makes the token that is kept older: age PROFILE DURATION
func age(ts *testscript.TestScript, neg bool, args []string) {
	by, err := time.ParseDuration(args[1])
	ts.Check(err)
	ts.Check(machineOf(ts).age(args[0], by))
}

// placeProgram installs a program once more: place fob PATH
func placeProgram(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(place(args[0], ts.MkAbs(args[1])))
}

// secret sets a variable to the client's secret, which the script's log must not show: secret NAME
func secret(ts *testscript.TestScript, neg bool, args []string) {
	ts.Setenv(args[0], string(clientSecret))
}

// quietly runs a program that reads and writes secrets and compares what it writes: quietly STDIN WANT PROGRAM ARGS...
func quietly(ts *testscript.TestScript, neg bool, args []string) {
	cmd := exec.Command(machineOf(ts).path("bin", args[2]), args[3:]...)
	cmd.Env, cmd.Stdin = machineOf(ts).environ, strings.NewReader(ts.ReadFile(args[0]))
	got, err := cmd.Output()
	ts.Check(err)
	if string(got) != ts.ReadFile(args[1]) {
		ts.Fatalf("%s did not write what %s says", args[2], args[1])
	}
}

// holds looks for a text in all files below a directory: holds DIR TEXT
func holds(ts *testscript.TestScript, neg bool, args []string) {
	found := false
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		found = found || strings.Contains(string(data), args[1])
		return err
	}))
	if found == neg {
		ts.Fatalf("%q found below %s: %v, want %v", args[1], args[0], found, !neg)
	}
}

// empty looks for files below a directory: empty DIR
func empty(ts *testscript.TestScript, neg bool, args []string) {
	files, err := os.ReadDir(ts.MkAbs(args[0]))
	if err == nil && len(files) > 0 {
		ts.Fatalf("%s holds %s", args[0], files[0].Name())
	}
}

// spoil cuts every record of a directory short: spoil DIR
func spoil(ts *testscript.TestScript, neg bool, args []string) {
	rewrite(ts, args[0], func(data []byte) []byte { return data[:len(data)/2] })
}

// foreign makes every record of a directory one of a version to come: foreign DIR
func foreign(ts *testscript.TestScript, neg bool, args []string) {
	rewrite(ts, args[0], func([]byte) []byte { return lines.AppendSum([]byte("fob-record=99\nfuture=1\n")) })
}

func rewrite(ts *testscript.TestScript, dir string, edit func([]byte) []byte) {
	records, err := filepath.Glob(filepath.Join(ts.MkAbs(dir), "k1-*.rec"))
	ts.Check(err)
	if len(records) == 0 {
		ts.Fatalf("no records in %s", dir)
	}
	for _, path := range records {
		data, err := os.ReadFile(path)
		ts.Check(err)
		ts.Check(os.WriteFile(path, edit(data), 0o600))
	}
}

// server tells the authorization server what to do, or asks what it has seen; see serverCommands.
func server(ts *testscript.TestScript, neg bool, args []string) {
	do := serverCommands[args[0]]
	if do == nil {
		ts.Fatalf("server %s: unknown", args[0])
	}
	do(ts, machineOf(ts), args[1:])
}

const revocation = "/oauth2/revoke"

var serverCommands = map[string]func(*testscript.TestScript, *machine, []string){
	"stop":    func(_ *testscript.TestScript, m *machine, _ []string) { m.server.Close() },
	"revoke":  func(_ *testscript.TestScript, m *machine, _ []string) { m.server.RevokeAll() },
	"release": func(_ *testscript.TestScript, m *machine, _ []string) { m.server.Release() },
	"heal":    func(_ *testscript.TestScript, m *machine, _ []string) { m.server.Heal() },

	// fail STATUS: every token request from now on is answered so
	"fail": func(ts *testscript.TestScript, m *machine, args []string) {
		status, err := strconv.Atoi(args[0])
		ts.Check(err)
		m.server.Fault(oauthtest.Fault{Times: -1, Answer: &oauthtest.Answer{Status: status}})
	},
	// page: so with a page for people
	"page": func(_ *testscript.TestScript, m *machine, _ []string) {
		m.server.Fault(oauthtest.Fault{Times: -1, Answer: oauthtest.HTML})
	},
	// refuse CODE: so with an error of RFC 6749 §5.2
	"refuse": func(_ *testscript.TestScript, m *machine, args []string) {
		m.server.Fault(oauthtest.Fault{Times: -1, Answer: oauthtest.OAuthError(http.StatusBadRequest, args[0])})
	},
	// lose: the next token request is carried out, and its answer lost
	"lose": func(_ *testscript.TestScript, m *machine, _ []string) {
		m.server.Fault(oauthtest.Fault{Commit: true, Cut: true})
	},
	// hang: the next token request waits until release
	"hang": func(_ *testscript.TestScript, m *machine, _ []string) {
		m.server.Fault(oauthtest.Fault{Hang: true, Reached: func() { m.reached <- struct{}{} }})
	},
	// reached: wait for the request that hangs
	"reached": func(_ *testscript.TestScript, m *machine, _ []string) { <-m.reached },
	// refuse-revocation: the next revocation is refused
	"refuse-revocation": func(_ *testscript.TestScript, m *machine, _ []string) {
		m.server.Fault(oauthtest.Fault{Path: revocation, Answer: oauthtest.OAuthError(http.StatusBadRequest, "unsupported_token_type")})
	},
	// person WORD: what the person does who is asked; see people
	"person": func(ts *testscript.TestScript, m *machine, args []string) {
		do := people[args[0]]
		if do == nil {
			ts.Fatalf("person %s: unknown", args[0])
		}
		m.server.Change(func(o *oauthtest.Options) { do(&o.Person) })
	},
	// requests N: so many token requests so far
	"requests": func(ts *testscript.TestScript, m *machine, args []string) {
		if got := strconv.Itoa(m.server.Counts().Requests()); got != args[0] {
			ts.Fatalf("%s token requests, want %s", got, args[0])
		}
	},
	// takes ACCESS true|false: whether the API takes the token
	"takes": func(ts *testscript.TestScript, m *machine, args []string) {
		if got := strconv.FormatBool(m.server.Valid(fob.Secret(args[0]))); got != args[1] {
			ts.Fatalf("the API takes %s: %s, want %s", args[0], got, args[1])
		}
	},
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/session"
)

// programs is a directory with fob and fob-helper, as go build makes them.
var programs string

func TestMain(m *testing.M) {
	if isBrowser() {
		os.Exit(beBrowser(os.Args[1:]))
	}
	os.Exit(withPrograms(m))
}

func withPrograms(m *testing.M) int {
	var err error
	if programs, err = os.MkdirTemp("", "fob-programs-"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(programs)
	build := exec.Command("go", "build", "-buildvcs=false", "-o", programs, "github.com/fobkit/fob/cmd/fob", "github.com/fobkit/fob/cmd/fob-helper")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s%v\n", out, err)
		return 1
	}
	for _, name := range []string{"fob", "fob-helper"} { // whatever the umask: fob-helper runs no fob that others may write
		os.Chmod(filepath.Join(programs, name+exe), 0o755)
	}
	return m.Run()
}

// exe ends a program's name.
var exe = map[bool]string{true: ".exe"}[runtime.GOOS == "windows"]

// links are the names under which tools look for the helper.
var links = []string{"git-credential-fob", "docker-credential-fob", "kubectl-fob"}

const clientSecret fob.Secret = "s3cret-" + oauthtest.Canary

// machine is a computer with both programs on PATH and an authorization server of its own.
type machine struct {
	dir     string
	environ []string
	server  *oauthtest.Server
	reached chan struct{} // gets one value for each request that hangs
}

// newMachine makes dir a machine. What its server calls access tokens holds no canary: a helper's stdout is the protocol,
// and shows up in the log of a script. Everything else that is secret has one.
func newMachine(dir string) (*machine, error) {
	m := &machine{dir: dir, reached: make(chan struct{}, 100)}
	m.environ = []string{
		"HOME=" + m.path("home"), "USERPROFILE=" + m.path("home"),
		"XDG_CONFIG_HOME=" + m.path("config"), "XDG_STATE_HOME=" + m.path("state"), "XDG_DATA_HOME=" + m.path("data"),
		"PATH=" + m.path("bin") + string(filepath.ListSeparator) + os.Getenv("PATH"),
		"FOB_LOG=debug", "NO_COLOR=1",
	}
	o := oauthtest.OIDC(oauthtest.Client{ID: "c", Secret: clientSecret})
	o.RefreshForClient, o.Token = true, numbered()
	var err error
	if m.server, err = oauthtest.Start(o); err != nil {
		return nil, err
	}
	return m, errors.Join(m.install(), m.write("secret", string(clientSecret)))
}

// machineFor is a machine with that configuration, which is gone when the test ends.
func machineFor(t *testing.T, config string) *machine {
	t.Helper()
	m, err := newMachine(t.TempDir())
	if err == nil {
		t.Cleanup(m.server.Close)
		err = m.configure(config)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// numbered makes up tokens: access-1, access-2, …
func numbered() func(kind string) string {
	var n atomic.Int64
	return func(kind string) string {
		if kind == "access" {
			return fmt.Sprint("access-", n.Add(1))
		}
		return fmt.Sprint(kind, "-", oauthtest.Canary, "-", n.Load())
	}
}

func (m *machine) path(parts ...string) string {
	return filepath.Join(append([]string{m.dir}, parts...)...)
}

// install puts the programs, and the names that tools know, into bin.
func (m *machine) install() error {
	if err := os.MkdirAll(m.path("bin"), 0o755); err != nil {
		return err
	}
	errs := []error{place("fob", m.path("bin", "fob")), place("fob-helper", m.path("bin", "fob-helper"))}
	for _, name := range links {
		path := m.path("bin", name)
		if runtime.GOOS == "windows" || os.Symlink("fob-helper", path) != nil {
			errs = append(errs, place("fob-helper", path))
		}
	}
	return errors.Join(errs...)
}

// place links one of the programs to path; a link by name would lead out of the machine.
func place(program, path string) error {
	from := filepath.Join(programs, program+exe)
	if os.Link(from, path+exe) == nil {
		return nil
	}
	return duplicate(from, path+exe)
}

func duplicate(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func (m *machine) write(name, text string) error {
	path := m.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}

// configure writes the configuration; variables in text are the machine's.
func (m *machine) configure(text string) error {
	return m.write("config/fob/config.toml", os.Expand(text, func(name string) string {
		switch name {
		case "SERVER":
			return m.server.PlainURL
		case "HOST":
			return strings.TrimPrefix(m.server.PlainURL, "http://")
		case "WORK":
			return m.dir
		}
		return "$" + name
	}))
}

// profile opens a profile as a program on the machine would.
func (m *machine) profile(name string) (*session.Session, *session.Profile, error) {
	s, err := session.Open(session.Options{Environ: m.environ, OneShot: true})
	if err != nil {
		return nil, nil, err
	}
	p, err := s.Profile(name)
	return s, p, err
}

// keep makes tok the profile's token, beside the refresh token that is kept already.
func (m *machine) keep(profile string, tok fob.Token) error {
	s, p, err := m.profile(profile)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if tok.Type = "Bearer"; tok.Refresh == "" {
		tok.Refresh = p.Source.Kept(ctx).Refresh
	}
	return errors.Join(p.Source.Replace(ctx, tok), s.SaveIndex(ctx))
}

// age makes the profile's token older.
func (m *machine) age(profile string, by time.Duration) error {
	_, p, err := m.profile(profile)
	if err != nil {
		return err
	}
	tok := p.Source.Kept(context.Background())
	tok.Issued, tok.Expiry = tok.Issued.Add(-by), tok.Expiry.Add(-by)
	return m.keep(profile, tok)
}

// hour is a token that lives for the hour before its expiry, or from now on if that begins later: none of the future is believed.
func hour(access fob.Secret, expiry time.Time) fob.Token {
	issued := expiry.Add(-time.Hour)
	if now := time.Now(); issued.After(now) {
		issued = now
	}
	return fob.Token{Access: access, Issued: issued, Expiry: expiry}
}

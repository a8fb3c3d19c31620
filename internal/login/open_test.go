package login_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fobkit/fob/internal/login"
	"github.com/fobkit/fob/internal/oauthtest"
)

// fakeBrowser writes down what it was given, and makes the noise that browsers make.
func fakeBrowser(log string, args []string) int {
	os.Stdout.WriteString("a browser's chatter on stdout")
	os.Stderr.WriteString("and on stderr")
	dir, _ := os.Getwd()
	text := strings.Join(args, "\n") + "\ndir=" + dir + "\n" + strings.Join(os.Environ(), "\n")
	if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
		return 1
	}
	return 0
}

const place = "https://login.corp.example/authorize?client_id=c&state=%3Cx%3E"

// opened is what the fake browser wrote down.
func opened(t *testing.T, words string, environ ...string) []string {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	environ = append(environ, "FOB_TEST_BROWSER="+log, "SystemRoot="+os.Getenv("SystemRoot"))
	o := login.Opener{Environ: environ, Getenv: func(name string) string {
		return map[string]string{"FOB_BROWSER": words}[name]
	}}
	if err := o.Open(t.Context(), place); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(data), "\n")
}

func TestABrowserGetsTheURLAsOneArgument(t *testing.T) {
	self := `"` + os.Args[0] + `"`
	if got := opened(t, self+" --new-window"); got[0] != "--new-window" || got[1] != place {
		t.Errorf("it got %q", got[:2])
	}
	if got := opened(t, self+" --app=%s --quiet"); got[0] != "--app="+place || got[1] != "--quiet" {
		t.Errorf("it got %q", got[:2])
	}
}

func TestABrowserInheritsWhatItIsGiven(t *testing.T) {
	t.Setenv("CLIENT_SECRET", "s-"+oauthtest.Canary)
	text := strings.Join(opened(t, `"`+os.Args[0]+`"`, "LANG=C"), "\n")
	if strings.Contains(text, oauthtest.Canary) || !strings.Contains(text, "LANG=C") {
		t.Error("the browser's environment is not the one it was given")
	}
	if dir, _ := os.Getwd(); strings.Contains(text, "dir="+dir) {
		t.Error("the browser runs in the working directory, which may be anybody's")
	}
}

func TestOnlyWhatIsAURLReachesABrowser(t *testing.T) {
	o := login.Opener{Getenv: func(string) string { return os.Args[0] }, Environ: []string{"FOB_TEST_BROWSER=" + filepath.Join(t.TempDir(), "never")}}
	for _, hostile := range []string{
		"", "-", "--help", "-https://login.corp.example", "file:///etc/passwd", "javascript:alert(1)", "http://login.corp.example/",
		"http://localhost.evil.example/", "https://", "https:///path", "https:login.corp.example", "ftp://login.corp.example/",
		"https://user@login.corp.example/", "https://login.corp.example/ &calc", "https://login.corp.example/\"&calc", "https://login.corp.example/`id`",
		"https://login.corp.example/\x1b[31m", "https://login.corp.example/\u202egnp", "https://login.corp.example/\nx", "smb://login.corp.example/",
		"https://login.corp.example/|calc", "https://login.corp.example/^&calc", "vbscript:x", "data:text/html,x", "HTTPS://",
	} {
		if err := o.Open(t.Context(), hostile); err == nil {
			t.Errorf("a browser was opened at %q", hostile)
		}
		if err := login.Launch(hostile); err == nil {
			t.Errorf("the system's browser was opened at %q", hostile)
		}
	}
}

func TestABrowserThatIsNotThereIsSaidSo(t *testing.T) {
	o := login.Opener{Getenv: func(name string) string { return map[string]string{"BROWSER": "no-such-browser"}[name] }}
	if err := o.Open(t.Context(), place); err == nil || err.Error() != "browser no-such-browser: no browser was found" {
		t.Errorf("got %v", err)
	}
	if err := (login.Opener{Getenv: func(string) string { return "" }}).Open(t.Context(), place); err == nil || err.Error() != "no browser was found" {
		t.Errorf("got %v", err)
	}
}

// TestABatchFileIsNoBrowser: cmd.exe runs what follows a & of its arguments, and a server has chosen some of the URL.
func TestABatchFileIsNoBrowser(t *testing.T) {
	for _, name := range []string{"browser.bat", "browser.CMD"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		err := login.Opener{Getenv: func(string) string { return `"` + path + `"` }}.Open(t.Context(), place)
		if want := "browser " + name + ": a batch file, to which a URL could give commands"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestABrowserThatFobCannotFindIsNoProgramOfFobs(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o := login.Opener{Environ: os.Environ(), Getenv: func(string) string { return "" }, Self: []string{self, "-no-such-flag"}}
	if err := o.Open(t.Context(), place); err == nil || err.Error() != "no browser was found" {
		t.Errorf("got %v, want no browser was found", err)
	}
}

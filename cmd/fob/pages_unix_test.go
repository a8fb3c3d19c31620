//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var anyToken = regexp.MustCompile(`access-\d+`)

// What docs/tools shows of exec, sync and token is run by a shell, line by line, with the page's own configuration, and prints what the page
// says. The programs of others are scripts, which fail without a token.
func TestWhatThePagesOfExecSyncAndTokenShow(t *testing.T) {
	for page, programs := range map[string]map[string]string{
		"exec": {
			"gh": `test -n "$GH_TOKEN"`, "terraform": `test -n "$TF_VAR_token"`, "../deploy.sh": `test -n "$TOKEN"`, "../copy.sh": `test "$READER" = "$WRITER"`,
			"../server.sh": `test -s "$TOKEN_FILE"`, "aws": `test -s "$AWS_WEB_IDENTITY_TOKEN_FILE"`, "docker": `grep -q access && echo Login Succeeded`,
		},
		"sync":    {},
		"scripts": {"curl": `cat - "$2" 2>/dev/null | grep -q access && echo hello || case "$*" in *"Bearer access"*) echo hello;; *) exit 1;; esac`},
	} {
		text, err := os.ReadFile(filepath.Join("../../docs/tools", page+".md"))
		if err != nil {
			t.Fatal(err)
		}
		m := machineFor(t, strings.NewReplacer("https://login.corp.example", "$SERVER", "build-17", "c").Replace(fenced(string(text), "toml")))
		if err := m.stub(programs); err != nil {
			t.Fatal(err)
		}
		for _, shown := range strings.Split("\n"+fenced(string(text), "console"), "\n$ ")[1:] {
			command, want, _ := strings.Cut(strings.TrimSpace(shown), "\n")
			sh := exec.CommandContext(t.Context(), "sh", "-c", command)
			sh.Dir, sh.Env = m.dir, append(m.environ, "CORP_SECRET="+string(clientSecret))
			if got, err := sh.Output(); err != nil || strings.TrimSpace(anyToken.ReplaceAllString(string(got), "…")) != want {
				t.Errorf("%s.md: %s: %v, and it printed %q, want %q", page, command, err, got, want)
			}
		}
	}
}

// fenced are the page's blocks of that language, as one text.
func fenced(page, language string) string {
	var all strings.Builder
	for _, rest := range strings.Split(page, "\n```"+language+"\n")[1:] {
		text, _, _ := strings.Cut(rest, "```")
		all.WriteString(text)
	}
	return all.String()
}

// stub puts scripts beside fob on the machine's PATH.
func (m *machine) stub(programs map[string]string) error {
	var errs []error
	for name, text := range programs {
		errs = append(errs, os.WriteFile(m.path("bin", name), []byte("#!/bin/sh\n"+text+"\n"), 0o700))
	}
	return errors.Join(errs...)
}

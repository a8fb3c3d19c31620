package main

import (
	"errors"
	"os/exec"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// gitCredential has git ask or tell its helper, which is fob, and compares what git then knows; with ! git must know nothing and give up. Its
// log shows no secret: credential fill|approve|reject STDIN [WANT] [-c SETTING]...
func gitCredential(ts *testscript.TestScript, neg bool, args []string) {
	verb, stdin, want, args := args[0], args[1], "", args[2:]
	if len(args) > 0 && args[0] != "-c" {
		want, args = ts.ReadFile(args[0]), args[1:]
	}
	cmd := exec.Command("git", append(append([]string{"-c", "credential.helper=", "-c", "credential.helper=fob"}, args...), "credential", verb)...)
	cmd.Env = append(machineOf(ts).environ, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=")
	cmd.Dir, cmd.Stdin = machineOf(ts).dir, strings.NewReader(ts.ReadFile(stdin))
	got, err := cmd.Output()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		ts.Check(err)
	}
	if failed := err != nil; failed != neg {
		ts.Fatalf("git credential %s %s: failed %v, want %v", verb, stdin, failed, neg)
	}
	if string(got) != want {
		ts.Fatalf("git credential %s %s: git does not know what %s should make it know", verb, stdin, stdin)
	}
}

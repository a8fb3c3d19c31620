package main

import (
	"os"
	"strings"

	"github.com/fobkit/fob/internal/paths"
)

// refresh has fob replace the stale token of a record. The tool has its answer, and must not wait: it sees the end of stdout only when
// nobody holds it open any more. In CI, and where the parent is PID 1, whatever is left behind would be killed with the job,
// or stay for ever: there the tool does wait.
func refresh(state, record string, getenv paths.Getenv) {
	fob, err := findFob()
	if err != nil {
		return // the token is good for a while, and then somebody will be told
	}
	claim, ok := claimRefresh(paths.Claim(state, record))
	if !ok {
		return // under way
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return
	}
	child, err := os.StartProcess(fob, []string{fob, "refresh", record}, &os.ProcAttr{
		Dir: rootDir, Env: withoutTools(os.Environ()), Files: append([]*os.File{null, null, null}, claim...), Sys: ownSession,
	})
	if err != nil {
		return
	}
	if getenv("CI") != "" || os.Getppid() == 1 {
		child.Wait()
		return
	}
	child.Release()
}

// toolVariables begin the names of variables that a tool sets for what it runs.
var toolVariables = []string{"GIT_", "KUBERNETES_EXEC_INFO=", "DOCKER_", "GOOGLE_EXTERNAL_ACCOUNT_", "CARGO_"}

// withoutTools is the environment without what belongs to one tool's one call.
func withoutTools(environ []string) []string {
	var out []string
	for _, kv := range environ {
		if !hasPrefix(kv, toolVariables) {
			out = append(out, kv)
		}
	}
	return out
}

func hasPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

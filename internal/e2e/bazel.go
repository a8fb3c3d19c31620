package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
	"time"
)

// bazelAnswer is what a credential helper gives Bazel (github.com/EngFlow/credential-helper-spec).
type bazelAnswer struct {
	Headers http.Header `json:"headers"`
	Expires time.Time   `json:"expires"`
}

// askAsBazel runs fob-bazel as Bazel does: for ten seconds at most, and what it printed is read only when it has ended. A
// helper that prints more than a pipe holds is killed here as it is there.
func (m *machine) askAsBazel(t *testing.T, uri string) (answer bazelAnswer, err error) {
	t.Helper()
	cmd := m.command(t, "fob-bazel", "get")
	stdin, stdout, stderr := newPipe(t), newPipe(t), newPipe(t)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin.out, stdout.in, stderr.in // files: nobody reads along
	stdin.in.Write(asJSON(t, map[string]string{"uri": uri}))
	stdin.in.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() }).Stop()
	if err := cmd.Wait(); err != nil {
		return answer, fmt.Errorf("%w: %s", err, stderr.rest())
	}
	return answer, json.Unmarshal(stdout.rest(), &answer)
}

// pipe is the system's own, with room for 64 KiB.
type pipe struct{ out, in *os.File }

func newPipe(t *testing.T) pipe {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close(); in.Close() })
	return pipe{out, in}
}

// rest is all that was written into p.
func (p pipe) rest() []byte {
	p.in.Close()
	data, _ := io.ReadAll(p.out)
	return data
}

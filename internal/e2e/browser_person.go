package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// person sits at m, with a display: the URLs that m's programs open a browser for are sent to them, who does with them what the test says.
func (m *machine) person(t *testing.T) (opened <-chan string) {
	t.Helper()
	dir := t.TempDir()
	fifo, program := filepath.Join(dir, "urls"), filepath.Join(dir, "browser")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	writeFile(t, program, fmt.Appendf(nil, "#!/bin/sh\necho \"$1\" >%s\necho opened in an existing session\n", fifo))
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	m.env["FOB_BROWSER"] = program               // BROWSER does not say that a container has a display
	urls, err := os.OpenFile(fifo, os.O_RDWR, 0) // to write too, so that it does not end with the first who has written
	if err != nil {
		t.Fatal(err)
	}
	told, over := make(chan string, 1000), make(chan struct{})
	go func() {
		defer close(over)
		for lines := bufio.NewScanner(urls); lines.Scan(); {
			told <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		urls.Close()
		<-over
	})
	return told
}

// running is a command in the background.
type running struct {
	over           chan struct{} // closed when it has ended
	stdout, stderr bytes.Buffer
	err            error
}

// begin is try in the background.
func (m *machine) begin(t *testing.T, stdin, name string, args ...string) *running {
	t.Helper()
	cmd, r := m.command(t, name, args...), &running{over: make(chan struct{})}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &r.stdout, &r.stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.over)
		r.err = cmd.Wait()
	}()
	return r
}

// wait is what r has left behind when it has ended.
func (r *running) wait() result {
	<-r.over
	return result{r.stdout.String(), r.stderr.String(), r.err}
}

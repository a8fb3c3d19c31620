//go:build unix

package main

import (
	"os"
	"syscall"

	"github.com/fobkit/fob/credhelper"
	"golang.org/x/sys/unix"
)

const fobName = "fob"

// pipeRoom is what a pipe takes, on every system, before anyone reads from it: one page. Linux gives no more to a user whose
// pipes have reached pipe-user-pages-soft (pipe(7)).
const pipeRoom = 4 << 10

// replace makes this process fob, where the request fits into a pipe or has not been touched.
func replace(fob string, args []string, h *credhelper.HandOver) (code int, done bool, err error) {
	if len(h.Read) > pipeRoom || len(h.Read) > 0 && !h.End {
		return 0, false, nil
	}
	if h.End {
		if err := rewindStdin(h.Read); err != nil {
			return 0, true, err
		}
	}
	return 0, true, syscall.Exec(fob, args, os.Environ())
}

// rewindStdin makes stdin a pipe that holds data and then ends.
func rewindStdin(data []byte) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	defer w.Close()
	if _, err := w.Write(data); err != nil {
		return err
	}
	return unix.Dup2(int(r.Fd()), 0)
}

// exitStatus is that of a child that is gone, as a shell puts it: never 0 for one that a signal has killed.
func exitStatus(state *os.ProcessState) int {
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return state.ExitCode()
}

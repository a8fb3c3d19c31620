package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/atomicfile"
)

// handOver runs fob with the request as it came: its stdin is what was read and then the rest. It returns only if fob ran as a child, or,
// with an error, not at all.
func handOver(h *credhelper.HandOver, stdin io.Reader) (code int, err error) {
	fob, err := findFob()
	if err != nil {
		return 0, err
	}
	args := append([]string{fob, "helper"}, h.Args[1:]...)
	if code, done, err := replace(fob, args, h); done {
		return code, err
	}
	return spawn(fob, args, io.MultiReader(bytes.NewReader(h.Read), stdin))
}

// findFob finds the fob beside this program's own file, wherever the link lies by which it was called. None is looked for on
// PATH or in the working directory, and none that others may write is run.
func findFob() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(self), fobName)
	info, err := os.Lstat(path)
	if err != nil {
		return "", errors.New("no fob beside " + self)
	}
	if err := atomicfile.CheckTrusted(path, info); err != nil {
		return "", err
	}
	return path, nil
}

// spawn runs fob as a child and feeds it.
func spawn(fob string, args []string, stdin io.Reader) (code int, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer w.Close()
	// The terminal sends ^C to both: fob decides, and this process goes on to report what it said.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	child, err := os.StartProcess(fob, args, &os.ProcAttr{Files: []*os.File{r, os.Stdout, os.Stderr}})
	r.Close()
	if err != nil {
		return 0, err
	}
	go func() {
		io.Copy(w, stdin) // ends with the child, or with stdin
		w.Close()
	}()
	state, err := child.Wait()
	if err != nil {
		return 0, err
	}
	return exitStatus(state), nil
}

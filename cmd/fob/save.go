package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/atomicfile"
)

// Save writes answer to path by rename, since whoever looks for it there takes no lock. It is never an error: the tool has its answer without.
func (h *handler) Save(_ context.Context, _ credhelper.Request, path string, answer []byte) error {
	if err := save(path, answer); err != nil {
		h.app.log.Debug("answer not written to a file", "err", err)
	}
	return nil
}

var errRelative = errors.New("not an absolute path")

// save refuses a directory in which others could put their own file in place of this one.
func save(path string, answer []byte) error {
	if !filepath.IsAbs(path) {
		return &os.PathError{Op: "write", Path: path, Err: errRelative}
	}
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if err := atomicfile.CheckTrusted(dir, info); err != nil {
		return err
	}
	return atomicfile.Write(path, answer)
}

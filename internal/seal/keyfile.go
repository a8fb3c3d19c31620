package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/atomicfile"
)

// maxKeyFile is far more than a key file holds.
const maxKeyFile = 4096

// ReadFile returns the key that lies in the file at path. An error is fs.ErrNotExist if there is none.
func ReadFile(path string) (*Key, error) {
	data, err := atomicfile.ReadOwn(path, maxKeyFile)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	k, err := ParseKey(fob.Secret(strings.TrimSpace(string(data))))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// File returns the key in the file at path and makes both where there are none. Processes that make it at the same
// time end up with one key: the file appears whole, or not at all, and is never replaced.
func File(path string) (*Key, error) {
	k, err := ReadFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := atomicfile.MkdirAll(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	mine := path + "." + NewKey().ID() // a name of this process's own
	if err := atomicfile.Write(mine, []byte(NewKey().Text()+"\n")); err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	defer os.Remove(mine)
	if err := os.Link(mine, path); err != nil && !errors.Is(err, fs.ErrExist) { // unlike rename, a link never replaces
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	return ReadFile(path)
}

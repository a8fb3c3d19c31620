package config

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// commandTime is how long a command may take.
const commandTime = 10 * time.Second

var (
	errTooLong = errors.New("more than 64 KiB of output")
	errTooSlow = errors.New("no end within its time")
	errNoSuch  = errors.New("not in an absolute directory of PATH")
)

// run returns what a command prints: without a shell, a terminal's input or a place to be lured into. What it says on
// stderr is dropped, and its errors name no argument.
func run(ctx context.Context, argv []string, env environ, limit time.Duration) ([]byte, error) {
	path, err := find(argv[0], env.get("PATH"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var out capped
	cmd := exec.CommandContext(ctx, path, argv[1:]...)
	cmd.Dir = filepath.VolumeName(path) + string(filepath.Separator) // never the repository that git runs us in
	cmd.Env = env.scrubbed()
	cmd.Stdout = &out
	cmd.WaitDelay = time.Second // for children that keep stdout open, such as an agent it started
	err = cmd.Run()
	switch {
	case out.full:
		return nil, errTooLong
	case ctx.Err() != nil:
		return nil, errTooSlow
	case errors.Is(err, exec.ErrWaitDelay):
		err = nil // it ended well itself
	}
	return out.buf.Bytes(), plainError(err)
}

// plainError drops the path that package os puts into its errors: the command has been named already.
func plainError(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// find looks name up in the absolute directories of path; the others depend on where we were started.
func find(name, path string) (string, error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if found, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return found, nil
		}
	}
	return "", errNoSuch
}

// capped keeps at most maxSecret bytes and then fails, which ends the command by SIGPIPE.
type capped struct {
	buf  bytes.Buffer
	full bool
}

func (c *capped) Write(p []byte) (int, error) {
	if c.buf.Len()+len(p) > maxSecret {
		c.full = true
		return 0, errTooLong
	}
	return c.buf.Write(p)
}

// scrubbed is the environment of a command: ours, without the variables that hold our own secrets.
func (e environ) scrubbed() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(e)) {
		if !slices.Contains(secretVariables(), name) {
			list = append(list, name+"="+e[name])
		}
	}
	return list
}

func secretVariables() []string {
	names := []string{variable("store")} // in which there may be a password
	new(Profile).eachSecret(func(key string, _ *SecretRef) { names = append(names, variable(key)) })
	return names
}

package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// command is what fob exec runs, and what it gets.
type command struct {
	*app
	path    string
	argv    []string
	environ []string
	set     []string // variables of ours, as NAME=VALUE
	dir     *giftDir // of sinks; nil: there are none
	sinks   []*sink
	pipes   []tokenPipe
}

// tokenPipe has a token in it, for the command to read.
type tokenPipe struct {
	fd   int
	r, w *os.File
	text []byte
}

var errNoSuchCommand = errors.New("not in the absolute directories of PATH")

// lookUp finds a command as a shell does, but for the directories of PATH that depend on where fob was started.
func lookUp(name, path string) (string, error) {
	if filepath.Base(name) != name {
		found, err := exec.LookPath(name)
		return found, cannotRun(name, err)
	}
	worst := &commandError{name, errNoSuchCommand, 127}
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		found, err := exec.LookPath(filepath.Join(dir, name))
		if err == nil {
			return found, nil
		}
		if errors.Is(err, fs.ErrPermission) {
			worst = &commandError{name, fs.ErrPermission, 126}
		}
	}
	return "", worst
}

// cannotRun is err as a *commandError: of a command that was named with its directory, or could not be started.
func cannotRun(name string, err error) error {
	if err == nil {
		return nil
	}
	code := 126
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, exec.ErrNotFound) {
		code = 127
	}
	var (
		look *exec.Error
		path *fs.PathError
	)
	if errors.As(err, &look) {
		err = look.Err
	}
	if errors.As(err, &path) {
		err = path.Err
	}
	return &commandError{name, err, code}
}

// run becomes the command where nothing is left to do beside it or after it, and otherwise waits for it. What it returns is an exited, or
// why the command did not run.
func (c *command) run(ctx context.Context) error {
	c.close(ctx) // there may be no later
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if len(c.sinks) == 0 && len(c.pipes) == 0 {
		if err := become(c.path, c.argv, c.environ); !errors.Is(err, errors.ErrUnsupported) {
			return cannotRun(c.argv[0], err)
		}
	}
	return c.wait(ctx)
}

// wait runs the command as a child in the same process group, so that the terminal and its job control see one job.
func (c *command) wait(ctx context.Context) error {
	child := &exec.Cmd{Path: c.path, Args: c.argv, Env: c.environ, Stdin: c.stdin, Stdout: c.stdout, Stderr: c.stderr}
	c.connect(child)
	signals := catch()
	if err := child.Start(); err != nil {
		return cannotRun(c.argv[0], err)
	}
	defer c.attend(ctx)()
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for {
		select {
		case sig := <-signals:
			passOn(child.Process, sig)
		case err := <-ended:
			if child.ProcessState == nil {
				return err
			}
			return exited(status(child.ProcessState))
		}
	}
}

// connect gives the command the ends of its pipes, and the descriptors below them that fob itself was given to pass on.
func (c *command) connect(child *exec.Cmd) {
	for _, p := range c.pipes {
		if p.fd == 0 {
			child.Stdin = p.r
			continue
		}
		for fd := 3 + len(child.ExtraFiles); fd <= p.fd; fd++ {
			child.ExtraFiles = append(child.ExtraFiles, inherited(fd))
		}
		child.ExtraFiles[p.fd-3] = p.r
	}
}

// attend fills the command's pipes and keeps its files fresh, until the function that it returns is called.
func (c *command) attend(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // a signal is the command's affair
	var all sync.WaitGroup
	for _, p := range c.pipes {
		p.r.Close()
		all.Go(func() {
			p.w.Write(p.text) // whether the command reads it or not
			p.w.Close()
		})
	}
	if len(c.sinks) > 0 {
		all.Go(func() { c.keep(ctx, c.sinks...) })
	}
	return func() {
		cancel()
		for _, p := range c.pipes {
			p.w.Close()
		}
		all.Wait()
	}
}

// clean removes what no command needs any more.
func (c *command) clean() {
	for _, p := range c.pipes {
		p.r.Close()
		p.w.Close()
	}
	if c.dir == nil {
		return
	}
	if err := c.dir.remove(); err != nil {
		c.warn(err)
	}
}

// Command fob is what people type: it logs in, prints tokens, says what is kept and why something fails. Tools run
// fob-helper, which hands over to this program's helper command what it cannot answer at once.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/term"
)

// std is what a run may touch of the world.
type std struct {
	environ []string
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
}

func main() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // a log that nobody reads any more is no reason to die between question and answer
	ctx, stop := signal.NotifyContext(context.Background(), heeded(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)...)
	context.AfterFunc(ctx, stop) // a second one ends it at once
	code := run(ctx, os.Args, std{environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr})
	os.Exit(code)
}

// heeded are those of the signals that fob was not started to ignore, as nohup starts it.
func heeded(signals ...os.Signal) []os.Signal { return slices.DeleteFunc(signals, signal.Ignored) }

var errInterrupted = errors.New("interrupted")

// run is the whole program. The helper's words are never parsed for flags: what follows them is another program's protocol.
func run(ctx context.Context, args []string, s std) int {
	tool := len(args) > 2 && args[1] == "helper" && !strings.HasPrefix(args[2], "-")
	if tool && credhelper.Silent(args[1:]) {
		s.stderr = io.Discard
	}
	a := &app{std: s, colour: term.Colour(s.stderr, s.getenv)}
	a.log = newLog(s, a.colour)
	defer a.close(ctx)
	if tool {
		return a.helper(ctx, append([]string{"fob"}, args[2:]...))
	}
	cmd := a.root()
	cmd.SetArgs(args[1:])
	err := cmd.ExecuteContext(ctx)
	var ended exited
	switch {
	case err == nil:
		return 0
	case errors.As(err, &ended):
		return int(ended)
	case ctx.Err() != nil && (errors.Is(err, context.Cause(ctx)) || errors.Is(err, context.Canceled)):
		a.report(errInterrupted)
		return exitInterrupted
	}
	a.report(err)
	return exitCode(err)
}

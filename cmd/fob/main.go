// Command fob is what people type: it logs in, prints tokens, says what is kept and why something fails. Tools run
// fob-helper, which hands over to this program's helper command what it cannot answer at once.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args, std{environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr})
	stop()
	os.Exit(code)
}

// run is the whole program. The helper's words are never parsed for flags: what follows them is another program's protocol.
func run(ctx context.Context, args []string, s std) int {
	a := &app{std: s, colour: term.Colour(s.stderr, s.getenv)}
	a.log = newLog(s, a.colour)
	if len(args) > 1 && args[1] == "helper" {
		return a.helper(ctx, append([]string{"fob"}, args[2:]...))
	}
	cmd := a.root()
	cmd.SetArgs(args[1:])
	if err := cmd.ExecuteContext(ctx); err != nil {
		a.report(err)
		return exitCode(err)
	}
	return 0
}

// Command fob-helper prints tokens the way git, kubectl, Docker and others ask for them. It knows two small files: the
// index that says which profile may serve a host, and that profile's record. Whatever they do not answer it hands, as it
// came, to the fob that lies beside it.
package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"runtime/debug"
	"slices"

	"github.com/fobkit/fob/credhelper"
)

// maxRequest is more than any tool's get. What is longer goes to fob before it has been read to its end.
const maxRequest = 16 << 10

func main() {
	growStack()
	os.Exit(run(credhelper.OS()))
}

const usage = "usage: fob-helper git|docker|kubernetes [--profile NAME] [VERB]\n"

func run(c credhelper.Call) int {
	if asksHelp(c.Args) {
		io.WriteString(c.Stdout, usage)
		return 0
	}
	in := &recorder{from: c.Stdin}
	c.Stdin, c.Limit, c.Version = in, maxRequest, version(c.Args)
	h := openHit(os.Environ(), c.Getenv)
	code, err := credhelper.Serve(context.Background(), h, c)
	if err == nil && h.stale != "" {
		refresh(h.state, h.stale, c.Getenv)
	}
	if err == nil {
		return code
	}
	if code, err = handOver(in, credhelper.Words(c.Args)); err != nil {
		return alone(c, in, err)
	}
	return code
}

// asksHelp is false where a link's name, or a word, has chosen a protocol: what follows is that protocol's.
func asksHelp(args []string) bool {
	return len(args) == 2 && (args[1] == "--help" || args[1] == "-h") && credhelper.Words(args) == nil
}

// alone tells the tool, where it looks for such news, why fob cannot be asked.
func alone(c credhelper.Call, in *recorder, why error) (code int) {
	c.Stdin, c.Limit = io.MultiReader(&in.kept, in.from), 0
	code, _ = credhelper.Serve(context.Background(), noFob{why}, c)
	return code
}

// version is what a call that asks for it is told. To find it for the others would take longer than to read the index.
func version(args []string) string {
	if !slices.ContainsFunc(args, asksVersion) {
		return ""
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "(devel)"
}

func asksVersion(arg string) bool { return arg == "version" || arg == "--version" || arg == "-v" }

// recorder keeps what was read, for whoever takes over.
type recorder struct {
	from io.Reader
	kept bytes.Buffer
	end  bool // there is no more
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.kept.Write(p[:n])
	r.end = r.end || errors.Is(err, io.EOF)
	return n, err
}

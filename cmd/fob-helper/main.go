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
	"strings"

	"github.com/fobkit/fob/credhelper"
)

// maxRequest is more than any tool's get. What is longer goes to fob before it has been read to its end.
const maxRequest = 16 << 10

func main() {
	growStack()
	os.Exit(run(credhelper.OS()))
}

func run(c credhelper.Call) int {
	if asksHelp(c.Args) {
		io.WriteString(c.Stdout, "usage: fob-helper "+strings.Join(credhelper.Protocols(), "|")+" [--profile NAME] [VERB]\n")
		return 0
	}
	c.Limit, c.Version = maxRequest, version(c.Args)
	h := openHit(os.Environ(), c.Getenv)
	code, err := credhelper.Serve(context.Background(), h, c)
	if h.stale != "" {
		refresh(h.state, h.stale, c.Getenv)
	}
	var rest *credhelper.HandOver
	if !errors.As(err, &rest) {
		return code
	}
	if code, err = handOver(rest, c.Stdin); err != nil {
		return alone(c, rest, err)
	}
	return code
}

// asksHelp is false where a link's name, or a word, has chosen a protocol: what follows is that protocol's.
func asksHelp(args []string) bool {
	return len(args) == 2 && (args[1] == "--help" || args[1] == "-h") && credhelper.Words(args) == nil
}

// alone tells the tool, where it looks for such news, why fob cannot be asked.
func alone(c credhelper.Call, rest *credhelper.HandOver, why error) (code int) {
	c.Args, c.Stdin, c.Limit = rest.Args, io.MultiReader(bytes.NewReader(rest.Read), c.Stdin), 0
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

// Command canary fails if the canary that tests put into every secret shows up in what they printed:
//
//	go test -v ./... 2>&1 | tee test.log; go run ./internal/canary test.log
//
// It reads the files named, or standard input if there are none, and prints file and line of each leak, never the text.
// Exit codes: 0 no leak, 1 a leak, 2 a file could not be read.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stderr)) }

func run(files []string, stdin io.Reader, out io.Writer) (code int) {
	if len(files) == 0 {
		return report("stdin", stdin, out)
	}
	for _, name := range files {
		code = max(code, reportFile(name, out))
	}
	return code
}

func reportFile(name string, out io.Writer) int {
	f, err := os.Open(name)
	if err != nil {
		fmt.Fprintln(out, "canary:", err)
		return 2
	}
	defer f.Close()
	return report(name, f, out)
}

func report(name string, r io.Reader, out io.Writer) (code int) {
	err := scan(r, func(line int) {
		fmt.Fprintf(out, "canary: %s:%d: a secret was printed here\n", name, line)
		code = 1
	})
	if err != nil {
		fmt.Fprintf(out, "canary: %s: %v\n", name, err)
		return 2
	}
	return code
}

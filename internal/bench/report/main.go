// Command report makes the tables of docs/performance.md of what run has measured:
//
//	report [-write DOCS] TIMES
//
// It prints them, and with -write puts them into DOCS/performance.md too, and a plot beside it.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	log.SetFlags(0)
	docs := flag.String("write", "", "the directory of performance.md")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: report [-write DOCS] TIMES")
	}
	if err := report(*docs, flag.Arg(0)); err != nil {
		log.Fatal(err)
	}
}

func report(docs, times string) error {
	s, err := readTimes(times)
	if err != nil {
		return err
	}
	tables := table("ms", processes, s) + "\n" + table("ns", reads, s)
	fmt.Print(tables)
	if docs == "" {
		return nil
	}
	if err := os.WriteFile(filepath.Join(docs, "performance.svg"), []byte(plot(processes, s)), 0o644); err != nil {
		return err
	}
	return replace(filepath.Join(docs, "performance.md"), tables)
}

// The tables stand between these lines of the page.
const (
	begin = "<!-- internal/bench/run --write -->\n"
	end   = "<!-- end -->\n"
)

func replace(page, tables string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	head, rest, found := strings.Cut(string(text), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		return fmt.Errorf("%s: no place for the tables", page)
	}
	return os.WriteFile(page, []byte(head+begin+"\n"+tables+"\n"+end+tail), 0o644)
}

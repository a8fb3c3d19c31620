// Command kit measures the RoundTripper kit beside what is taken instead of it today, for docs/performance.md:
//
//	go run ./kit [-write ../../docs] [SECTION...]
//
// It prints a table for each section, all of them by default, which takes ten minutes, and with -write puts tables and plots into that
// directory too.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fobkit/fob/internal/bench/peer"
)

// section is what stands in one place of the page.
type section struct {
	name    string
	measure func() ([]table, error)
}

var sections = []section{
	{"stub", func() ([]table, error) { return stub(settings{rounds: 24, round: 20 * time.Millisecond}), nil }},
	{"loopback", func() ([]table, error) { return one(loopback(settings{rounds: 16, turns: 100})) }},
	{"stream", func() ([]table, error) { return one(stream(64<<20), nil) }},
	{"open", func() ([]table, error) { return one(open(), nil) }},
	{"parallel", func() ([]table, error) {
		return []table{parallel(settings{rounds: 8, round: time.Millisecond}, []int{64, 1000, 10_000}), locks(peer.Fob, 1000), locks(peer.Glued, 1000)}, nil
	}},
	{"steady", func() ([]table, error) {
		return one(describe("kit-steady.svg", "Tokens that live for 2 s", steady(busy(20*time.Second))), nil)
	}},
	{"outage", func() ([]table, error) {
		return []table{
			describe("kit-hanging.svg", "A token endpoint that hangs for 5 s", hanging(busy(15*time.Second))),
			describe("kit-failing.svg", "A token endpoint that answers 500 for 3 s", failing(busy(15*time.Second))),
		}, nil
	}},
	{"patience", func() ([]table, error) { return one(patience(5*time.Second, 100), nil) }},
	{"revoked", func() ([]table, error) {
		p := plan{callers: 1000, rate: 3000, last: 5 * time.Second}
		return []table{refusals(50*time.Millisecond, p), refusals(5*time.Millisecond, p)}, nil
	}},
	{"defects", func() ([]table, error) { return one(defects(), nil) }},
	{"promises", func() ([]table, error) { return one(promises()) }},
}

func one(t table, err error) ([]table, error) { return []table{t}, err }

// busy is what a busy service asks.
func busy(last time.Duration) plan { return plan{callers: 1000, rate: 10_000, last: last} }

func main() {
	if slices.Contains(os.Environ(), asSink) {
		serveSink()
		return
	}
	log.SetFlags(0)
	docs := flag.String("write", "", "the directory of performance.md")
	flag.Parse()
	for _, s := range sections {
		if flag.NArg() > 0 && !slices.Contains(flag.Args(), s.name) {
			continue
		}
		if err := s.show(*docs); err != nil {
			log.Fatal(err)
		}
	}
}

func (s section) show(docs string) error {
	var text strings.Builder
	tables, err := s.measure()
	if err != nil {
		return err
	}
	for _, t := range tables {
		fmt.Fprintf(&text, "\n%s:\n\n%s", t.title, t)
	}
	fmt.Print(text.String())
	if docs == "" {
		return nil
	}
	if err := plot(docs, tables); err != nil {
		return err
	}
	return replace(filepath.Join(docs, "performance.md"), s.name, text.String()+"\n")
}

// replace puts text between the section's two lines of the page.
func replace(page, name, text string) error {
	begin, end := "<!-- internal/bench/kit "+name+" -->\n", "<!-- end -->\n"
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	head, rest, found := strings.Cut(string(old), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		return fmt.Errorf("%s: no place for %s", page, name)
	}
	return os.WriteFile(page, []byte(head+begin+text+end+tail), 0o644)
}

// plot draws the tables that have one.
func plot(docs string, tables []table) error {
	for _, t := range tables {
		if t.plot == nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(docs, t.plot.file), []byte(t.plot.String()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

package setup

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// Diff is what Apply would do: a unified diff of each file, and a line for each link. It shows no line that stays as it is, and of one that
// changes no more than the change: what stands around it can be secret.
func (p *Plan) Diff() string {
	var b strings.Builder
	for _, f := range p.files {
		if f.changed() {
			b.WriteString(f.diff())
		}
	}
	for _, l := range p.links {
		fmt.Fprintf(&b, "link %s -> %s\n", l.Path, l.Target)
	}
	for _, l := range p.unlinks {
		fmt.Fprintf(&b, "remove %s\n", l.Path)
	}
	return b.String()
}

func (f *file) diff() string {
	before, after := f.path, f.path
	if !f.exists {
		before = "/dev/null"
	}
	if f.remove {
		after = "/dev/null"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", before, after)
	old, now := f.before, f.after
	if f.remove {
		now = ""
	}
	hunk := hunks{line: [2]int{1, 1}}
	for _, line := range bodyOf(diff.Diff("a", []byte(old), "b", []byte(now))) {
		hunk.add(&b, line)
	}
	hunk.flush(&b)
	return b.String()
}

// bodyOf is a diff without its head.
func bodyOf(d []byte) []string {
	_, body, _ := bytes.Cut(d, []byte("\n@@"))
	if len(body) == 0 {
		return nil
	}
	return strings.Split("@@"+strings.TrimSuffix(string(body), "\n"), "\n")
}

// hunks makes a diff without context of one with context.
type hunks struct {
	line     [2]int // the next one, of the text before and after
	old, now []string
}

func (h *hunks) add(b *strings.Builder, line string) {
	switch line[:min(1, len(line))] {
	case "-":
		h.old = append(h.old, line[1:])
	case "+":
		h.now = append(h.now, line[1:])
	case `\`: // no newline at the end of the file
	case "@":
		h.flush(b)
		fmt.Sscanf(line, "@@ -%d,%d +%d,", &h.line[0], new(int), &h.line[1])
		h.line[0], h.line[1] = max(h.line[0], 1), max(h.line[1], 1)
	default:
		h.flush(b)
		h.line[0]++
		h.line[1]++
	}
}

func (h *hunks) flush(b *strings.Builder) {
	if len(h.old)+len(h.now) > 0 {
		fmt.Fprintf(b, "@@ -%s +%s @@\n", span(h.line[0], len(h.old)), span(h.line[1], len(h.now)))
		old, now := shorten(h.old, h.now)
		for _, l := range old {
			b.WriteString("-" + l + "\n")
		}
		for _, l := range now {
			b.WriteString("+" + l + "\n")
		}
	}
	h.line[0] += len(h.old)
	h.line[1] += len(h.now)
	h.old, h.now = nil, nil
}

func span(line, n int) string {
	if n == 0 {
		line-- // diff's way to say after which
	}
	return fmt.Sprintf("%d,%d", line, n)
}

// shorten leaves out what changed lines have in common with those that they replace, if that is long: a file on a single line is one such.
func shorten(old, now []string) (shortOld, shortNow []string) {
	a, b := strings.Join(old, "\n"), strings.Join(now, "\n")
	head, tail := 0, 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	return hide(a, head, tail, len(old)), hide(b, head, tail, len(now))
}

func hide(text string, head, tail, lines int) []string {
	const shown = 24 // as much as tells the place
	if tail > shown {
		text = text[:len(text)-tail] + "…"
	}
	if head > shown {
		text = "…" + text[head:]
	}
	if lines == 0 {
		return nil
	}
	return strings.Split(strings.ToValidUTF8(strings.ReplaceAll(text, "\r", ""), ""), "\n")
}

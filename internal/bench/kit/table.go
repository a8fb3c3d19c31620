package main

import (
	"fmt"
	"strings"
)

// table is one of Markdown.
type table struct {
	title string
	head  []string
	rows  [][]string
	plot  *bars // nil: none
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t table) String() string {
	var b strings.Builder
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(t.head)
	b.WriteString(strings.Repeat("|---", len(t.head)) + "|\n")
	for _, cells := range t.rows {
		line(cells)
	}
	return b.String()
}

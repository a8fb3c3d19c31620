package main

import (
	"fmt"
	"slices"
	"strings"
)

// table shows rows in Markdown. One whose peer is not on this machine says so.
func table(unit string, rows []row, s samples) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| what | times | median, %s | ratio | wanted |\n|---|---|---|---|---|\n", unit)
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r.label, measured(r, s), strings.Join(r.compared(s), " | "))
	}
	return b.String()
}

func measured(r row, s samples) string {
	if s[r.name] == nil {
		return "– | not installed"
	}
	return fmt.Sprintf("%d | %.3g", len(slices.Concat(s[r.name]...)), s.median(r.name))
}

func (r row) compared(s samples) []string {
	if r.ratio[0] == "" {
		return []string{"", ""}
	}
	if s[r.ratio[0]] == nil || s[r.ratio[1]] == nil {
		return []string{"–", r.wanted}
	}
	return []string{fmt.Sprintf("%.2f", s.ratio(r.ratio)), r.wanted}
}

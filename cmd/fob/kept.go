package main

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode"

	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/internal/stored"
)

// keptTable says what other tools gave to keep, if they gave anything.
func (a *app) keptTable(ctx context.Context, s *session.Session) error {
	shelf, ok := s.Stored()
	if !ok {
		return nil
	}
	all, err := shelf.List(ctx)
	if err != nil || len(all) == 0 {
		return err
	}
	var rows [][]string
	for _, c := range all {
		rows = append(rows, keptRow(c))
	}
	sort.Slice(rows, func(i, j int) bool { return slices.Compare(rows[i], rows[j]) < 0 }) // slices.SortFunc would be compiled for this one type
	fmt.Fprintln(a.stdout)
	return a.writeTable(append([][]string{{"KEPT FOR", "PLACE", "USER"}}, rows...))
}

func keptRow(c stored.Credential) []string {
	return []string{c.Tool, visible(c.Server), visible(c.Username)}
}

// visible is s without what moves a terminal's cursor: it comes from a tool that was told by a repository.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return '?'
	}, s)
}

// forgetKept forgets what other tools gave to keep.
func (a *app) forgetKept(ctx context.Context, s *session.Session) error {
	shelf, ok := s.Stored()
	if !ok {
		return nil
	}
	n, err := shelf.Clear(ctx)
	if n > 0 {
		fmt.Fprintf(a.stderr, "forgot what other tools gave to keep: %s\n", records(n))
	}
	return err
}

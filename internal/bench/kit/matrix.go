package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/fobkit/fob/internal/bench/defect"
)

const (
	has  = "✗"
	free = "✓"
	mute = "" // does nothing of the kind, or was not looked at
)

// defects are D1 to D26 and who has them.
func defects() table {
	all := defect.All()
	t := table{title: "Defects", head: append([]string{"", "defect"}, defect.Columns...)}
	for i, finding := range defect.Look(all) {
		cells := []string{all[i].ID, all[i].What}
		for _, column := range defect.Columns {
			err, looked := finding[column]
			switch {
			case !looked:
				cells = append(cells, mute)
			case err != nil:
				cells = append(cells, has)
			default:
				cells = append(cells, free)
			}
		}
		t.add(cells...)
	}
	slices.SortFunc(t.rows, func(a, b []string) int { return number(a[0]) - number(b[0]) })
	return t
}

func number(id string) (n int) {
	fmt.Sscanf(id, "D%d", &n)
	return n
}

// promises are what rttest checks, and who breaks which.
func promises() (t table) {
	testing.Init()
	testing.RunTests(func(_, _ string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "contract", F: func(tt *testing.T) {
		c := defect.Suite(tt)
		columns := slices.DeleteFunc(slices.Clone(defect.Columns), func(name string) bool { return c.Broken[name] == nil })
		t = table{title: "rttest", head: append([]string{"promise"}, columns...)}
		for _, promise := range c.Promises {
			cells := []string{promise}
			for _, column := range columns {
				cell := free
				if c.Broken[column][promise] != nil {
					cell = has
				}
				cells = append(cells, cell)
			}
			t.add(cells...)
		}
	}}})
	return t
}

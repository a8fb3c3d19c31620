package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

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

// promises are what rttest checks, and who breaks which. rttest runs in a test alone.
func promises() (table, error) {
	c, err := suite()
	if err != nil {
		return table{}, err
	}
	columns := slices.DeleteFunc(slices.Clone(defect.Columns), func(name string) bool { return c.Broken[name] == nil })
	t := table{title: "What rttest finds", head: append([]string{"promise"}, columns...)}
	for _, promise := range c.Promises {
		cells := []string{promise}
		for _, column := range columns {
			cell := free
			if c.Broken[column][promise] {
				cell = has
			}
			cells = append(cells, cell)
		}
		t.add(cells...)
	}
	return t, nil
}

func suite() (c defect.Contract, err error) {
	dir, err := os.MkdirTemp("", "fob-bench-")
	if err != nil {
		return c, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "contract.json")
	test := exec.Command("go", "test", "-count=1", "-run=Contract", "./defect", "-contract", file)
	test.Stdout, test.Stderr = os.Stderr, os.Stderr
	if err := test.Run(); err != nil {
		return c, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(data, &c)
}

package defect

import (
	"slices"
	"testing"
)

func TestWhoHasWhichDefect(t *testing.T) {
	all := All()
	for i, finding := range Look(all) {
		d := all[i]
		t.Run(d.ID, func(t *testing.T) {
			if err := finding["fob"]; err != nil {
				t.Errorf("fob: %s: %v", d.What, err)
			}
			for column, err := range finding {
				if slices.Contains(d.In, column) && err == nil {
					t.Errorf("%s no longer has it: %s", column, d.What)
				}
				t.Logf("%s: %v", column, err)
			}
		})
	}
}

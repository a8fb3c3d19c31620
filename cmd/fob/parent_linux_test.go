package main

import (
	"encoding/json"
	"testing"

	"github.com/fobkit/fob/internal/journal"
)

// git runs a helper with an argument by a shell, which is not who asked.
func TestAShellInBetweenIsNotWhoAsked(t *testing.T) {
	m := machineFor(t, "[profile.corp]\nissuer = \"$SERVER\"\nclient_id = \"c\"\nclient_secret = { file = \"$WORK/secret\" }\nallow = [\"raw\"]\n")
	if err := m.stub(map[string]string{"tool": `sh -c 'fob token corp >/dev/null; true'; true`}); err != nil {
		t.Fatal(err)
	}
	if got := m.run(t, "", "tool"); got.code != 0 {
		t.Fatal(got.stderr)
	}
	var told []journal.Entry
	if err := json.Unmarshal([]byte(m.run(t, "", "fob", "explain", "--json").stdout), &told); err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || told[0].Parent != "tool" {
		t.Errorf("got %+v, want tool to have asked", told)
	}
}

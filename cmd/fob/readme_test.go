package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
)

// whatChanges from run to run: tokens, ports and times.
var whatChanges = regexp.MustCompile(`access…\w+|127\.0\.0\.1:\d+|\d{4}-\d\d-\d\dT[\d:]+Z|expiry_utc=\d+`)

// The README shows a session as it really ran.
func TestTheReadmesSessionIsReal(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```console\n$ go run ./cmd/fob demo\n")
	want, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("README.md shows no demo")
	}
	var got bytes.Buffer
	if code := run(t.Context(), []string{"fob", "demo"}, std{stdout: &got, stderr: new(bytes.Buffer), environ: []string{"TMPDIR=" + t.TempDir()}}); code != 0 {
		t.Fatalf("demo: exit status %d", code)
	}
	if strip(got.String()) != strip(want) {
		t.Errorf("README.md shows\n%s\nbut the demo prints\n%s", want, got.String())
	}
}

func strip(text string) string {
	return strings.TrimSpace(whatChanges.ReplaceAllString(text, "…"))
}

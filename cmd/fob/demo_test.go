package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
)

func TestDemoCountsAndLeavesNothingBehind(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv("TMP", tmp)
	var out, log bytes.Buffer
	code := run(context.Background(), []string{"fob", "demo"}, std{environ: []string{"FOB_LOG=debug"}, stdin: strings.NewReader(""), stdout: &out, stderr: &log})
	if !strings.HasSuffix(out.String(), "\n  2 tokens minted for 5 API requests and 4 tools\n") || code != 0 {
		t.Errorf("exit status %d, and at the end:\n%s\n%s", code, out.String()[max(0, out.Len()-200):], &log)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("%d files are left in the temporary directory, %v", len(left), err)
	}
}

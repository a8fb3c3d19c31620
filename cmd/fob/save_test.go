package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestAnAnswerIsSavedOnlyWhereNobodyElseWrites(t *testing.T) {
	mine, shared := t.TempDir(), t.TempDir()
	if err := os.Chmod(shared, 0o777); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		filepath.Join(mine, "answer"): true, filepath.Join(shared, "answer"): runtime.GOOS == "windows", filepath.Join(mine, "none", "answer"): false, "answer": false,
	} {
		err := save(path, []byte("{}\n"))
		data, _ := os.ReadFile(path)
		if (err == nil) != want || (string(data) == "{}\n") != want {
			t.Errorf("%s: saved %q, error %v; want it saved: %v", path, data, err, want)
		}
	}
	if info, err := os.Stat(filepath.Join(mine, "answer")); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v (error %v), want 0600", info.Mode(), err)
	}
}

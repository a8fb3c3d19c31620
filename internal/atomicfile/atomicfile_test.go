package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestWriteRemovesWhatKilledProgramsLeft(t *testing.T) {
	dir := t.TempDir()
	for name, age := range map[string]time.Duration{
		".fob-tmp-1": 25 * time.Hour, ".fob-tmp-2": 25 * time.Hour, // killed
		".fob-tmp-3": time.Hour,        // perhaps asleep with its machine
		".tmp-4":     1000 * time.Hour, // another program's, where a user named the directory
		"k1-old.rec": 1000 * time.Hour, "k1-old.lock": 1000 * time.Hour,
	} {
		path, then := filepath.Join(dir, name), time.Now().Add(-age)
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, then, then)); err != nil {
			t.Fatal(err)
		}
	}
	if err := Write(filepath.Join(dir, "k1-new.rec"), nil); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.Name())
	}
	if want := []string{".fob-tmp-3", ".tmp-4", "k1-new.rec", "k1-old.lock", "k1-old.rec"}; !slices.Equal(got, want) {
		t.Errorf("left: %v, want %v", got, want)
	}
}

package journal_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/journal"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func entry(profile string, n int) journal.Entry {
	return journal.Entry{Time: noon.Add(time.Duration(n) * time.Second), What: "minted", Profile: profile, Asker: "git", TookMS: int64(n), Why: "expired"}
}

func newJournal(t *testing.T) journal.Journal {
	return journal.Journal(filepath.Join(t.TempDir(), "state", "journal"))
}

func read(t *testing.T, j journal.Journal) []journal.Entry {
	t.Helper()
	entries, err := j.Read()
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func add(t *testing.T, j journal.Journal, entries ...journal.Entry) {
	t.Helper()
	if err := j.Append(entries...); err != nil {
		t.Fatal(err)
	}
}

func TestEntriesComeBackInTheOrderOfTheirTimes(t *testing.T) {
	j := newJournal(t)
	if got := read(t, j); len(got) != 0 {
		t.Errorf("before anything was written: %v", got)
	}
	full := journal.Entry{Time: noon.In(time.FixedZone("here", 3600)), What: "remembered", Profile: "corp", Host: "git.corp.example:8443", Asker: "git",
		Parent: "git-remote-http", TookMS: 7, Why: "expired", Error: `refused: "no" <&> ünï`, Until: noon.Add(time.Minute)}
	add(t, j, entry("corp", 1), full)
	add(t, j, entry("team", 2))
	full.Time = noon
	got, want := read(t, j), []journal.Entry{full, entry("corp", 1), entry("team", 2)}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if info, err := os.Stat(string(j)); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
}

func TestTheLastTwoHundredAreKept(t *testing.T) {
	j := newJournal(t)
	for n := range 650 {
		add(t, j, entry("corp", n))
		if data, _ := os.ReadFile(string(j)); strings.Count(string(data), "\n") > 400 {
			t.Fatalf("after %d entries the file has more than 400", n)
		}
	}
	got := read(t, j)
	if len(got) != 200 || got[0] != entry("corp", 450) || got[199] != entry("corp", 649) {
		t.Errorf("%d entries, from %v to %v, want the last 200", len(got), got[0], got[len(got)-1])
	}
}

func TestTextsCannotFoolATerminalAndHaveAnEnd(t *testing.T) {
	j := newJournal(t)
	add(t, j, journal.Entry{Time: noon, What: "minted", Parent: "\x1b[31mgit\n\u202e\xff", Error: strings.Repeat("ü", 1000)})
	got := read(t, j)[0]
	if want := `\x1b[31mgit\n\u202e\ufffd`; got.Parent != want {
		t.Errorf("parent %q, want %q", got.Parent, want)
	}
	if want := strings.Repeat("ü", 128); got.Error != want {
		t.Errorf("%d bytes of an error, want %d", len(got.Error), len(want))
	}
}

func TestOneFailureThatManyAreToldOfIsOneEntry(t *testing.T) {
	j := newJournal(t)
	told := entry("corp", 0)
	told.What, told.Until, told.Error = "remembered", noon.Add(30*time.Second), `refused: "no"`
	for n := range 100 {
		told.Time = noon.Add(time.Duration(n) * time.Second)
		add(t, j, told)
	}
	told.Time = noon.Add(time.Hour)
	unlock, err := fob.Dir(filepath.Dir(string(j))).Lock(t.Context(), filepath.Base(string(j)))
	if err != nil {
		t.Fatal(err)
	}
	add(t, j, told) // without the lock
	unlock()
	next := told
	next.Until = noon.Add(time.Minute)
	add(t, j, next)
	if got := read(t, j); len(got) != 2 || !got[0].Time.Equal(noon) {
		t.Errorf("got %v, want the first time each of two failures was told", got)
	}
}

func TestLinesOfOthersAreSkipped(t *testing.T) {
	j := newJournal(t)
	add(t, j, entry("corp", 1))
	good, err := os.ReadFile(string(j))
	if err != nil {
		t.Fatal(err)
	}
	for name, junk := range map[string]string{
		"torn": `{"fob-journal":1,"time":"2026-11-21T12:0`, "a version to come": `{"fob-journal":2,"time":"2026-11-21T12:00:00Z","what":"minted"}` + "\n",
		"no line of ours": "hello\n\n\x00\n", "a long line": string(good[:len(good)-2]) + `,"more":"` + strings.Repeat("x", 4096) + "\"}\n", "nothing": "",
	} {
		if err := os.WriteFile(string(j), []byte(string(good)+junk), 0o600); err != nil {
			t.Fatal(err)
		}
		add(t, j, entry("corp", 2))
		if got := read(t, j); len(got) != 2 || got[0] != entry("corp", 1) || got[1] != entry("corp", 2) {
			t.Errorf("after %s: got %v, want both entries", name, got)
		}
	}
}

func TestAFileThatIsTooBigIsBegunAnew(t *testing.T) {
	j := newJournal(t)
	add(t, j, entry("corp", 1))
	if err := os.Truncate(string(j), 16<<20); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Read(); !errors.Is(err, atomicfile.ErrTooBig) {
		t.Errorf("read: %v, want %v", err, atomicfile.ErrTooBig)
	}
	add(t, j, entry("corp", 2))
	if got := read(t, j); len(got) != 1 || got[0] != entry("corp", 2) {
		t.Errorf("got %v, want the new entry alone", got)
	}
}

func TestALinkIsRefused(t *testing.T) {
	j := newJournal(t)
	add(t, j, entry("corp", 1))
	target := filepath.Join(t.TempDir(), "target")
	for _, there := range []bool{false, true} {
		if there {
			if err := os.WriteFile(target, []byte("theirs"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		os.Remove(string(j))
		if err := os.Symlink(target, string(j)); err != nil {
			t.Fatal(err)
		}
		_, readErr := j.Read()
		for what, err := range map[string]error{"append": j.Append(entry("corp", 2)), "read": readErr, "forget": j.Forget("corp")} {
			if err == nil {
				t.Errorf("%s followed a link, target there: %v", what, there)
			}
		}
		data, err := os.ReadFile(target)
		if string(data) != map[bool]string{true: "theirs"}[there] || errors.Is(err, fs.ErrNotExist) == there {
			t.Errorf("the target, there: %v, is now %q, %v", there, data, err)
		}
	}
}

func TestForget(t *testing.T) {
	j := newJournal(t)
	if err := errors.Join(j.Forget("corp"), j.Erase()); err != nil {
		t.Errorf("where there is nothing: %v", err)
	}
	if _, err := os.Stat(filepath.Dir(string(j))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory was made to forget in: %v", err)
	}
	long := strings.Repeat("p", 100)
	add(t, j, entry("corp", 1), entry("team", 2), entry("corp", 3), entry(long, 4))
	if err := errors.Join(j.Forget("corp"), j.Forget(long)); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(string(j)); strings.Contains(string(data), "corp") || strings.Contains(string(data), "ppp") {
		t.Errorf("still there: %s", data)
	}
	if got := read(t, j); len(got) != 1 || got[0] != entry("team", 2) {
		t.Errorf("got %v, want the other profile's entry", got)
	}
	if err := j.Erase(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(string(j)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Erase: %v", err)
	}
}

func TestALogDelaysNobody(t *testing.T) {
	j := newJournal(t)
	unlock, err := fob.Dir(filepath.Dir(string(j))).Lock(t.Context(), filepath.Base(string(j)))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := j.Append(entry("corp", 1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("under another's lock: %v, want %v", err, context.DeadlineExceeded)
	}
	if took := time.Since(start); took > 5*time.Second { // a tenth of a second, on a machine that has nothing else to do
		t.Errorf("took %v", took)
	}
	unlock()
	add(t, j, entry("corp", 2))
	if got := read(t, j); len(got) != 1 || got[0] != entry("corp", 2) {
		t.Errorf("got %v, want the second entry", got)
	}
}

// writers writes n entries of that profile, and returns how many were given up.
func writers(j journal.Journal, profile string, n int) (lost int) {
	for i := range n {
		if err := j.Append(entry(profile, i)); errors.Is(err, context.DeadlineExceeded) {
			lost++
		} else if err != nil {
			panic(err)
		}
	}
	return lost
}

func TestManyWritersLoseNothingButPatience(t *testing.T) {
	j := newJournal(t)
	var mu sync.Mutex
	var lost int
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			n := writers(j, fmt.Sprint("p", i), 3)
			mu.Lock()
			defer mu.Unlock()
			lost += n
		})
	}
	wg.Wait()
	if got, want := len(read(t, j)), 64*3-lost; got != want {
		t.Errorf("%d entries, want %d", got, want)
	}
	wantWhole(t, j)
}

func wantWhole(t *testing.T, j journal.Journal) {
	t.Helper()
	data, err := os.ReadFile(string(j))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), "\n"); n > 400 || n < len(read(t, j)) || !strings.HasSuffix(string(data), "}\n") {
		t.Errorf("the file has %d lines for %d entries, and ends in %q", n, len(read(t, j)), data[max(0, len(data)-20):])
	}
}

func TestMain(m *testing.M) {
	if path := os.Getenv("FOB_TEST_JOURNAL"); path != "" {
		fmt.Print(writers(journal.Journal(path), "process", 40))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestManyProcessesKeepTheFileWhole(t *testing.T) {
	j := newJournal(t)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "FOB_TEST_JOURNAL="+string(j))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
	if got := len(read(t, j)); got == 0 || got > 200 {
		t.Errorf("%d entries, want some, and at most 200", got)
	}
	wantWhole(t, j)
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"fob-journal":1,"time":"2026-11-21T12:00:00Z","what":"minted","profile":"corp","took_ms":3,"why":"expired"}` + "\n"))
	f.Add([]byte("{}\n{\"fob-journal\":1\n\xff"))
	j := journal.Journal(filepath.Join(f.TempDir(), "journal"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(string(j), data, 0o600); err != nil {
			t.Fatal(err)
		}
		before, err := j.Read()
		if err != nil {
			return // too big
		}
		if err := j.Append(entry("corp", 1)); err != nil {
			t.Fatal(err)
		}
		after := read(t, j)
		if len(after) != min(len(before)+1, 200) || !slices.Contains(after, entry("corp", 1)) { // in its place by time
			t.Errorf("%d entries became %d, with the new one: %v", len(before), len(after), slices.Contains(after, entry("corp", 1)))
		}
	})
}

//go:build unix

package atomicfile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// write makes a file of that mode, whatever the umask says.
func write(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatEachReaderBelieves(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write(t, path("private"), "x", 0o600)
	write(t, path("readable"), "x", 0o644)
	write(t, path("world"), "x", 0o602)
	for link, target := range map[string]string{"link": "private", "link-to-world": "world", "dangling": "nothing"} {
		if err := os.Symlink(target, path(link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(path("dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	readers := map[string]func(string, int64) ([]byte, error){"Read": Read, "ReadTrusted": ReadTrusted, "ReadOwn": ReadOwn}
	for _, tc := range []struct{ file, believedBy string }{
		{"private", "Read ReadTrusted ReadOwn"},
		{"readable", "Read ReadTrusted ReadOwn"},
		{"world", "Read"},
		{"link", "Read ReadTrusted"},
		{"link-to-world", "Read"},
		{"dangling", ""},
		{"dir", ""},
		{"pipe", ""},
		{"absent", ""},
	} {
		for name, read := range readers {
			_, err := read(path(tc.file), 10)
			if want := bytes.Contains([]byte(" "+tc.believedBy+" "), []byte(" "+name+" ")); (err == nil) != want {
				t.Errorf("%s of %s: got %v, want it read: %v", name, tc.file, err, want)
			}
		}
	}
}

func TestReadStopsAtItsLimit(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "f"), "12345", 0o600)
	if got, err := Read(path, 5); string(got) != "12345" || err != nil {
		t.Errorf("at the limit: got %q, %v, want the file", got, err)
	}
	if got, err := Read(path, 4); !errors.Is(err, ErrTooBig) || got != nil {
		t.Errorf("past the limit: got %q, %v, want %v", got, err, ErrTooBig)
	}
}

func TestForeignFileIsRefused(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "f"), "x", 0o600)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	uid := os.Geteuid()
	if err := check(path, statusOf(info), uid, 0); err != nil {
		t.Errorf("my own file: got %v", err)
	}
	var untrusted *UntrustedError
	if err := check(path, statusOf(info), uid+1, uid+1); !errors.As(err, &untrusted) || untrusted.Path != path {
		t.Errorf("another's file: got %v, want an UntrustedError that names it", err)
	}
}

func TestOwnDir(t *testing.T) {
	dir := t.TempDir()
	good, open, link := filepath.Join(dir, "good"), filepath.Join(dir, "open"), filepath.Join(dir, "link")
	for path, mode := range map[string]os.FileMode{good: 0o700, open: 0o707} {
		if err := errors.Join(os.Mkdir(path, mode), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(good, link); err != nil {
		t.Fatal(err)
	}
	file := write(t, filepath.Join(dir, "file"), "x", 0o600)
	for path, want := range map[string]string{good: "", open: "writable by others", link: "a symbolic link", file: "not a directory"} {
		err := OwnDir(path)
		var untrusted *UntrustedError
		if want == "" && err != nil || want != "" && (!errors.As(err, &untrusted) || untrusted.Reason != want) {
			t.Errorf("%s: got %v, want %q", filepath.Base(path), err, want)
		}
	}
	if err := OwnDir(filepath.Join(dir, "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: got %v, want %v", err, fs.ErrNotExist)
	}
}

func TestMkdirAllClosesItsDirectoryAndRefusesALink(t *testing.T) {
	dir := t.TempDir()
	open, link := filepath.Join(dir, "open"), filepath.Join(dir, "link")
	if err := errors.Join(os.Mkdir(open, 0o700), os.Chmod(open, 0o755), os.Symlink(open, link)); err != nil {
		t.Fatal(err)
	}
	if err := MkdirAll(open); err != nil {
		t.Error(err)
	}
	if info, _ := os.Stat(open); info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, want 0700", info.Mode().Perm())
	}
	var untrusted *UntrustedError
	if err := MkdirAll(link); !errors.As(err, &untrusted) {
		t.Errorf("a link: got %v, want an UntrustedError", err)
	}
}

func TestMkdirAllLeavesADirectoryThatIsMeantForOthersAlone(t *testing.T) {
	for mode, want := range map[os.FileMode]string{
		0o777: "writable by others", 0o777 | os.ModeSticky: "shared with others", 0o755 | os.ModeSticky: "shared with others",
	} {
		dir := t.TempDir()
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		var untrusted *UntrustedError
		if err := MkdirAll(dir); !errors.As(err, &untrusted) || untrusted.Reason != want {
			t.Errorf("%v: got %v, want %q", mode, err, want)
		}
		if info, err := os.Stat(dir); err != nil || info.Mode() != os.ModeDir|mode {
			t.Errorf("%v: the mode is now %v, %v", mode, info.Mode(), err)
		}
	}
}

func TestWriteReplacesWholeAndLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for _, text := range []string{"first", "2nd"} {
		if err := Write(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadOwn(path, 10); string(got) != text || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, text)
		}
	}
	if err := Write(filepath.Join(dir, "none", "f"), nil); err == nil {
		t.Error("wrote into a directory that is not there")
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("%d files left, want 1", len(files))
	}
}

func TestAUsersOwnGroupIsNobodyElse(t *testing.T) {
	for _, tc := range []struct {
		mode     fs.FileMode
		uid, gid uint32
		want     bool
	}{
		{0o600, 1000, 1000, false},
		{0o664, 1000, 1000, false},
		{0o664, 1000, 100, true},
		{0o666, 1000, 1000, true},
		{0o664, 0, 0, true},
		{0o644, 0, 0, false},
	} {
		if got := othersWrite(tc.mode, tc.uid, tc.gid); got != tc.want {
			t.Errorf("mode %v of %d:%d: others write: %v, want %v", tc.mode, tc.uid, tc.gid, got, tc.want)
		}
	}
}

package route

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/fobkit/fob/internal/lines"
)

// sample is the index that testdata/index.golden holds.
func sample(t testing.TB) *Index {
	return &Index{
		Config: "/home/u/.config/fob/config.toml",
		Seen: []Seen{
			{Path: "/etc/fob/config.toml"},
			{Path: "/etc/fob/config.d", Stamp: Stamp{Size: 4096, MTime: 1764000000123456789, Inode: 77}},
			{Path: "/home/u/.config/fob/config.toml", Stamp: Stamp{Size: 482, MTime: -5, Inode: 1048601}},
		},
		Profiles: []Profile{
			{Name: "acme", Record: "k1-0123abcd", Allow: []string{"exec", "raw"}},
			{Name: "corp", Username: "oauth2", Bearer: true, KubernetesID: true, Certificate: true, Hosts: []Pattern{
				mustPattern(t, "git.corp.example/team"), mustPattern(t, "*.k8s.corp.example:6443"), mustPattern(t, "http://[::1]:8080/a b"),
			}},
		},
		Stored: []string{"docker https://index.docker.io/v1/", "git https://git.example/team/repo.git"},
		Logins: []Login{{"https://index.docker.io/v1/", "ann b"}},
	}
}

func golden(t testing.TB) []byte {
	data, err := os.ReadFile(filepath.Join("testdata", "index.golden"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestIndexOnDisk(t *testing.T) {
	got, err := sample(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, golden(t)) {
		t.Errorf("got\n%s\nwant\n%s", got, golden(t))
	}
	x, err := Decode(golden(t))
	if err != nil {
		t.Fatal(err)
	}
	if want := sample(t); !reflect.DeepEqual(x, want) {
		t.Errorf("got %+v, want %+v", x, want)
	}
}

func TestDecodeRefuses(t *testing.T) {
	signed := func(text string) []byte { return lines.AppendSum([]byte(text)) }
	const header = "fob-index=2\n"
	tampered := bytes.Replace(golden(t), []byte("corp.example"), []byte("evil.example"), 1)
	for name, data := range map[string][]byte{
		"nothing":               nil,
		"a torn file":           golden(t)[:200],
		"a changed byte":        tampered,
		"more after the end":    append(golden(t), '\n'),
		"another version":       signed("fob-index=1\n"),
		"no version":            signed("config=/x\n"),
		"an unknown key":        signed(header + "colour=red\n"),
		"a blank line":          signed(header + "\n"),
		"no equals sign":        signed(header + "config\n"),
		"an open line":          signed(header + "config=/x"),
		"an empty value":        signed(header + "config=\n"),
		"a NUL":                 signed(header + "config=/x\x00\n"),
		"a repeated value":      signed(header + "config=/x\nconfig=/x\n"),
		"keys out of order":     signed(header + "profile=a\nusername=u\nhost=git.example\n"),
		"a file after profiles": signed(header + "profile=a\nfile=1 1 1 /x\n"),
		"a profile at the end":  signed(header + "stored=x\nprofile=a\n"),
		"a login cut short":     signed(header + "login=3 abc\n"),
		"a login of no user":    signed(header + "login=3 abc \n"),
		"a login too long":      signed(header + "login=9 abc ann\n"),
		"a login spelt oddly":   signed(header + "login=03 abc ann\n"),
		"a login of no space":   signed(header + "login=3 abcann\n"),
		"a host of no profile":  signed(header + "host=git.example\n"),
		"a host spelt oddly":    signed(header + "profile=a\nhost=GIT.example\n"),
		"a host past grammar":   signed(header + "profile=a\nhost=*\n"),
		"an odd auth":           signed(header + "profile=a\nauth=basic\n"),
		"a number spelt oddly":  signed(header + "file=01 1 1 /x\n"),
		"a number with sign":    signed(header + "file=+1 1 1 /x\n"),
		"minus nought":          signed(header + "file=-0 1 1 /x\n"),
		"a stamp without path":  signed(header + "file=1 1 1\n"),
	} {
		if x, err := Decode(data); !errors.Is(err, ErrIndex) || x != nil {
			t.Errorf("%s: got %+v, %v, want %v", name, x, err, ErrIndex)
		}
	}
}

func TestEncodeRefusesWhatWouldBreakALine(t *testing.T) {
	for name, x := range map[string]*Index{
		"line feed":          {Config: "/a\nprofile=evil"},
		"NUL":                {Stored: []string{"a\x00"}},
		"profile of no name": {Profiles: []Profile{{}}},
		"file of no name":    {Seen: []Seen{{}}},
	} {
		if data, err := x.Encode(); !errors.Is(err, ErrIndex) || data != nil {
			t.Errorf("%s: got %q, %v, want %v", name, data, err, ErrIndex)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(golden(f))
	f.Add(lines.AppendSum([]byte("fob-index=2\n")))
	f.Fuzz(func(t *testing.T, data []byte) {
		text := lines.AppendSum(bytes.Clone(data)) // so that the fuzzer gets past the checksum
		for _, b := range [][]byte{data, text} {
			x, err := Decode(b)
			if err != nil {
				continue
			}
			if again, err := x.Encode(); err != nil || !bytes.Equal(again, b) {
				t.Errorf("%q decodes, but is written as %q, %v", b, again, err)
			}
		}
	})
}

func TestFreshUntilAnythingChanges(t *testing.T) {
	dir := t.TempDir()
	file, sub, absent := filepath.Join(dir, "config.toml"), filepath.Join(dir, "config.d"), filepath.Join(dir, "none", "config.toml")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	write(file, "a = 1")
	compile := func() *Index {
		x := &Index{Config: file}
		for _, path := range []string{file, sub, absent} {
			stamp, err := Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			x.Seen = append(x.Seen, Seen{path, stamp})
		}
		return x
	}
	for _, tc := range []struct {
		name   string
		change func()
	}{
		{"a longer file", func() { write(file, "a = 12") }},
		{"a file renamed over it", func() { write(file+"~", "a = 34"); os.Rename(file+"~", file) }},
		{"a file gone", func() { os.Remove(file) }},
		{"a file come", func() { os.Mkdir(filepath.Dir(absent), 0o700); write(absent, "") }},
		{"a file come into a directory", func() { write(filepath.Join(sub, "x.toml"), "") }},
		{"a directory gone", func() { os.RemoveAll(sub) }},
	} {
		x := compile()
		if !x.Fresh(file, Stat) {
			t.Errorf("before %s: got stale, want fresh", tc.name)
		}
		tc.change()
		if x.Fresh(file, Stat) {
			t.Errorf("%s: got fresh, want stale", tc.name)
		}
	}
	if x := compile(); x.Fresh("/another/config.toml", Stat) {
		t.Error("another FOB_CONFIG: got fresh, want stale")
	}
}

func TestStatUnderAFileIsNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := Stat(filepath.Join(file, "x")); got != (Stamp{}) || err != nil {
		t.Errorf("got %+v, %v, want nothing", got, err)
	}
}

func TestPlain(t *testing.T) {
	for environ, want := range map[string]bool{
		"HOME=/h PATH=/bin":                     true,
		"FOB_STATE=/s FOB_CONFIG=/c FOB_LOG=de": true,
		"FOB_TOKEN=":                            true,
		"XFOB_TOKEN=t":                          true,
		"HOME=/h FOB_TOKEN=t":                   false,
		"FOB_PROFILE=p":                         false,
		"fob_token=t":                           false,
		"FOB_STATEX=/s":                         false,
		"FOB_=x":                                false,
	} {
		if got := Plain(strings.Fields(environ)); got != want {
			t.Errorf("%s: got %v, want %v", environ, got, want)
		}
	}
}

// BenchmarkDecode is what each git fetch pays.
func BenchmarkDecode(b *testing.B) {
	data := golden(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

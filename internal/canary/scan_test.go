package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/fobkit/fob/internal/oauthtest"
)

func TestTextIsTheOneThatTestsPlant(t *testing.T) {
	if text != oauthtest.Canary {
		t.Error("the scan looks for another text than oauthtest plants")
	}
}

// planted is a leak in every form.
func planted() map[string]string {
	leaks := map[string]string{
		"raw":                 "token=x" + text + "y",
		"upper case":          strings.ToUpper(text),
		"hex":                 hex.EncodeToString([]byte("x" + text)),
		"hex, upper case":     strings.ToUpper(hex.EncodeToString([]byte(text))),
		"bytes":               fmt.Sprint([]byte("x" + text)),
		"percent, every byte": percent(text, "%%%02x"),
		"percent, upper case": percent(text, "%%%02X"),
		"percent, twice":      percent(text, "%%25%02X"),
		"percent, only -":     strings.ReplaceAll(text, "-", "%2D"),
		"percent, only - (2)": strings.ReplaceAll(text, "-", "%2d"),
	}
	for name, enc := range map[string]*base64.Encoding{"std": base64.StdEncoding, "url": base64.URLEncoding, "raw url": base64.RawURLEncoding} {
		for before := range 4 {
			for after := range 4 {
				secret := strings.Repeat("\xff", before) + text + strings.Repeat("\xfe", after) // makes + and / beside it
				leaks[fmt.Sprintf("base64 %s, %d before, %d after", name, before, after)] = enc.EncodeToString([]byte(secret))
			}
		}
	}
	return leaks
}

func percent(s, format string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

func found(t *testing.T, s string) (lines []int) {
	t.Helper()
	if err := scan(iotest.HalfReader(strings.NewReader(s)), func(l int) { lines = append(lines, l) }); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestEveryFormIsFound(t *testing.T) {
	for name, leak := range planted() {
		got := found(t, "ok\nok\nlog: "+leak+" end\nok\n")
		if want := []int{3}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: found on lines %v, want %v", name, got, want)
		}
	}
}

func TestALeakAcrossTheWindowsEdgeIsFoundOnce(t *testing.T) {
	for name, leak := range planted() {
		for _, at := range []int{window - longest, window - len(leak), window - len(leak)/2, window - 1, window, 2*window - longest - 1} {
			head := strings.Repeat("ok\n", at/3) + strings.Repeat(" ", at%3)
			if got, want := found(t, head+leak+"\nok\n"), at/3+1; len(got) != 1 || got[0] != want {
				t.Errorf("%s at byte %d: found on lines %v, want only %d", name, at, got, want)
			}
		}
	}
}

func TestNoFalseAlarm(t *testing.T) {
	short := text[:len(text)-1]
	clean := []string{"", "ok\n", short, percent(short, "%%%02x"), hex.EncodeToString([]byte(short)), base64.StdEncoding.EncodeToString([]byte(short)), "fob canary 7f3a9c"}
	for i, s := range clean {
		if got := found(t, s); got != nil {
			t.Errorf("clean text %d: found on lines %v", i, got)
		}
	}
}

func TestRunNamesFileAndLineAndNeverTheText(t *testing.T) {
	dir := t.TempDir()
	clean, leaky := filepath.Join(dir, "clean.log"), filepath.Join(dir, "leaky.log")
	os.WriteFile(clean, []byte("ok\n"), 0o600)
	os.WriteFile(leaky, []byte("ok\nsecret "+text+"\nsecret "+text+" "+text+"\n"), 0o600)
	warn := func(line string) string { return "canary: " + line + ": a secret was printed here\n" }
	cases := []struct {
		name  string
		files []string
		stdin string
		code  int
		out   string // zero: anything
	}{
		{"clean file", []string{clean}, "", 0, ""},
		{"clean stdin", nil, "ok\n", 0, ""},
		{"leak on stdin", nil, text, 1, warn("stdin:1")},
		{"leaks in the second file", []string{clean, leaky}, "", 1, warn(leaky+":2") + warn(leaky+":3")},
		{"missing file", []string{filepath.Join(dir, "none"), leaky}, "", 2, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			code := run(c.files, strings.NewReader(c.stdin), &out)
			if code != c.code || c.out != "" && out.String() != c.out || strings.Contains(out.String(), text) {
				t.Errorf("exit %d, want %d; %d bytes of output", code, c.code, out.Len())
			}
		})
	}
}

package jsonlite_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fobkit/fob/internal/jsonlite"
)

func TestGetFollowsAPath(t *testing.T) {
	v, err := jsonlite.Parse([]byte(` {"a":{"b":"old","b":"n\u00e9w\n","on":true,"n":null},"\u0061b":{},"list":["x"]} `))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{"a b", `"n\u00e9w\n"`}, // the last of two counts
		{"a on", "true"},
		{"a n", "null"},
		{"ab", "{}"}, // names are compared unescaped
		{"list", `["x"]`},
		{"a c", ""},
		{"a b c", ""},
		{"list x", ""},
		{"A", ""},
	} {
		if got := string(v.Get(strings.Fields(c.path)...)); got != c.want {
			t.Errorf("Get(%s) = %s, want %s", c.path, got, c.want)
		}
	}
	if text, ok := v.Get("a", "b").Text(); text != "néw\n" || !ok {
		t.Errorf("Text = %q, %v; want the decoded string", text, ok)
	}
	if b, ok := v.Get("a", "on").Bool(); !b || !ok {
		t.Errorf("Bool = %v, %v; want true", b, ok)
	}
}

func TestTextsOfAnArray(t *testing.T) {
	for text, want := range map[string]string{`["a", "\u0062,", 1, ["c"], {"d": "e"}]`: "a|b,", "[]": "", "{}": "", `"a"`: "", "null": ""} {
		v, err := jsonlite.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(v.Texts(), "|"); got != want {
			t.Errorf("the texts of %s are %q, want %q", text, got, want)
		}
	}
	if got := jsonlite.Value(nil).Texts(); got != nil {
		t.Errorf("a missing array has %q", got)
	}
}

func TestWhatIsNotThereHasNoType(t *testing.T) {
	for _, text := range []string{"null", "1", "{}", `["x"]`} {
		v, err := jsonlite.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := v.Text(); ok {
			t.Errorf("%s is taken for a string", text)
		}
		if _, ok := v.Bool(); ok {
			t.Errorf("%s is taken for a boolean", text)
		}
	}
	if _, ok := jsonlite.Value(nil).Text(); ok {
		t.Error("a missing member is taken for a string")
	}
}

func TestParseRefusesWhatIsNotJSON(t *testing.T) {
	for _, text := range []string{
		"", " ", "{", "}", "nul", "nulll", "1 2", "01", "-", "1.", "1e", "+1", ".5", "'x'", `"x`, `"\x"`, `"\u12"`, "\"\n\"", "\"\x00\"",
		`{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, `{"a":1 "b":2}`, "[1,]", "[1 2]", "[", "\ufeff{}", "{}\x00", "\"\xff\"", `"\ud800"`, `"\ud800\u0041"`, `"\udc00"`,
		strings.Repeat("[", 129) + strings.Repeat("]", 129),
	} {
		_, err := jsonlite.Parse([]byte(text))
		if !errors.As(err, new(*jsonlite.SyntaxError)) {
			t.Errorf("Parse(%.20q) = %v, want a SyntaxError", text, err)
		}
	}
}

func TestSyntaxErrorQuotesNothing(t *testing.T) {
	_, err := jsonlite.Parse([]byte(`{"Secret":"fob-canary-7f3a9c"`))
	if got, want := err.Error(), "not JSON at byte 29"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
}

// FuzzParse compares with encoding/json: the same texts are JSON, but for the two kinds that Parse refuses besides, and
// each top-level member reads the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":"b","a":true}`, `[1,-0.5e+3,null,"\ud83d\ude00\/"]`, `"\u2028"`, ` {} `, `{"a":{"b":["c"]}}`, `{"":"\b\f"}`, "\"\xff\"", `"\ud800"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := jsonlite.Parse(data)
		var want any
		if jsonErr := json.Unmarshal(data, &want); jsonErr != nil && err == nil {
			// A number out of range is JSON all the same.
			if !json.Valid(data) {
				t.Fatalf("accepted %q, which is not JSON", data)
			}
			return
		} else if jsonErr == nil && err != nil && !stricter(data) {
			t.Fatalf("refused %q, which is JSON: %v", data, err)
		}
		if err == nil {
			compare(t, v, want)
		}
	})
}

// stricter reports whether data may be one of those that only Parse refuses.
func stricter(data []byte) bool {
	return !utf8.Valid(data) || bytes.Contains(bytes.ToLower(data), []byte(`\ud`)) || bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) > 128
}

func compare(t *testing.T, v jsonlite.Value, want any) {
	t.Helper()
	switch want := want.(type) {
	case string:
		if got, ok := v.Text(); got != want || !ok {
			t.Fatalf("Text of %q = %q, %v; want %q", v, got, ok, want)
		}
	case bool:
		if got, ok := v.Bool(); got != want || !ok {
			t.Fatalf("Bool of %q = %v, %v; want %v", v, got, ok, want)
		}
	case map[string]any:
		for name, member := range want {
			compare(t, v.Get(name), member)
		}
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "<a href=\"x\">&\\", "\x00\x1f\x7f\b\f\n\r\t", "\u2028\u2029\ufffd", "\xff\xc0\x80", "😀", "\xed\xa0\x80", "\xef"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var plain, html bytes.Buffer
		enc := json.NewEncoder(&plain)
		enc.SetEscapeHTML(false)
		if err := errors.Join(enc.Encode(s), json.NewEncoder(&html).Encode(s)); err != nil {
			t.Fatal(err)
		}
		if got, want := string(jsonlite.AppendString(nil, s))+"\n", plain.String(); got != want {
			t.Errorf("AppendString(%q) = %s, want %s", s, got, want)
		}
		if got, want := string(jsonlite.AppendHTML(nil, s))+"\n", html.String(); got != want {
			t.Errorf("AppendHTML(%q) = %s, want %s", s, got, want)
		}
	})
}

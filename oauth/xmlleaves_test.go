package oauth

import (
	"encoding/xml"
	"io"
	"maps"
	"os"
	"strings"
	"testing"
)

func TestLeavesAreTheTextsOfAnswers(t *testing.T) {
	for doc, want := range map[string]map[string]string{
		"<a/>":                             {"a": ""},
		"<a><b>&amp;&lt;</b><b>2</b></a>":  {"a/b": "&<"},
		"<a> <b c='>' d=\"/\">x</b> </a>":  {"a/b": "x"},
		"<?xml version='1.0'?>\n<a>x</a >": {"a": "x"},
		"<a><!-- <b> --><b>x</b></a>":      {"a/b": "x"},
		"<a>1\r\n2\r3</a>":                 {"a": "1\n2\n3"},
		"<a><!--><b>--><c>x</c></a>":       {"a/c": "x"},
		"<a><!--></a>":                     nil,
		"<?><a/>":                          nil,
		"<a>&bad;</a>":                     nil,
		"<a>& </a>":                        nil,
		"<a></b>":                          nil,
		"<a><b></a></b>":                   nil,
		"<!DOCTYPE a><a/>":                 nil,
		"<a><![CDATA[x]]></a>":             nil,
		"<a/><b/>":                         nil,
		"<a>":                              nil,
		"<a.b/>":                           nil,
		"<a b='>":                          nil,
		"x<a/>":                            nil,
		"<a/>x":                            nil,
		"":                                 nil,
		strings.Repeat("<a>", maxDepth+1) + strings.Repeat("</a>", maxDepth+1): nil,
	} {
		got, err := leaves(doc)
		if !maps.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%s: got %v, %v, want %v", doc, got, err, want)
		}
	}
}

// What both read says the same to both.
func FuzzXMLLeaves(f *testing.F) {
	answer, err := os.ReadFile("../testdata/wire/oauth/answers/sts.xml")
	if err != nil {
		f.Fatal(err)
	}
	for _, doc := range []string{string(answer), "<a/>", "<a><b>&amp;&lt;</b><b>2</b></a>", "<a><!-- x --><b c='>' d=\"/\">x</b></a>", "<a>x<!-- -->y</a>", "<?x ?><a></a>"} {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		got, err := leaves(doc)
		if err != nil {
			return
		}
		want, err := standardLeaves(doc)
		if err == nil && !maps.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// standardLeaves is leaves by encoding/xml.
func standardLeaves(doc string) (map[string]string, error) {
	found, path, text, leaf := make(map[string]string), []string(nil), "", false
	for d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(doc, "\ufeff"))); ; {
		tok, err := d.RawToken()
		if err == io.EOF {
			return found, nil
		} else if err != nil {
			return nil, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			path, text, leaf = append(path, tok.Name.Local), "", true
		case xml.CharData:
			text += string(tok)
		case xml.EndElement:
			name := strings.Join(path, "/")
			if _, twice := found[name]; leaf && !twice {
				found[name] = text
			}
			path, leaf = path[:max(0, len(path)-1)], false
		}
	}
}

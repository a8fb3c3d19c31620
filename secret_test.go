package fob_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/fobkit/fob"
)

func TestASecretShowsItselfNowhere(t *testing.T) {
	s := fob.Secret("s-" + canary)
	tok := fob.Token{Access: s, Refresh: s, ID: s, Extra: map[string]fob.Secret{"x": s}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%10s"} {
		fmt.Fprintf(&out, verb+" "+verb+" "+verb+"\n", s, tok, &tok)
	}
	fmt.Fprintln(&out, errors.Join(fmt.Errorf("with %v", s)), s)
	json.NewEncoder(&out).Encode(map[string]any{"s": s, "tok": tok, "list": []fob.Secret{s}})
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("said", "s", s, "tok", tok, "group", slog.GroupValue(slog.Any("s", s)))
	}
	for i, line := range strings.Split(out.String(), "\n") {
		if strings.Contains(line, canary) || strings.Contains(line, fmt.Sprintf("%x", canary)) {
			t.Errorf("line %d of the output shows a secret", i)
		}
	}
	if got := fob.Secret("").String(); got != "" {
		t.Errorf("an empty secret prints %q, want nothing", got)
	}
}

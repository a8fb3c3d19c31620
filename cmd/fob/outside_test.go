package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/frontend/fronttest"
)

func TestNoFrontEndPrintsATokenForAnotherPlace(t *testing.T) {
	m := machineFor(t, fmt.Sprintf(`[profile.corp]
issuer = "$SERVER"
client_id = "c"
client_secret = { file = "$WORK/secret" }
hosts = ["%s"]
`, strings.Join(fronttest.Hosts, `", "`)))
	const token fob.Secret = "access-of-corp"
	if err := m.keep("corp", hour(token, time.Now().Add(50*time.Minute))); err != nil {
		t.Fatal(err)
	}
	s, _, err := m.profile("corp")
	if err != nil {
		t.Fatal(err)
	}
	h := &handler{app: &app{log: slog.New(slog.DiscardHandler)}, s: s}
	for name, call := range fronttest.Calls {
		t.Run(name, func(t *testing.T) {
			fronttest.NeverOutside(t, string(token), call, func(c fronttest.Call) string { return answered(t, h, c) })
		})
	}
	t.Run("token", func(t *testing.T) {
		fronttest.NeverOutside(t, string(token), tokenCall, func(c fronttest.Call) string {
			p, err := h.app.choose(s, "", c.Args[0], "raw")
			if err != nil {
				return ""
			}
			tok, err := p.Token(t.Context(), 0)
			if err != nil {
				t.Error(err)
			}
			return string(tok.Access)
		})
	})
	if n := m.server.Counts().Requests(); n != 0 {
		t.Errorf("%d token requests, want none", n)
	}
}

// tokenCall is fob token --for URL, which wants a scheme.
func tokenCall(p fronttest.Place) fronttest.Call {
	if p.Scheme == "" {
		p.Scheme = "gopher"
	}
	return fronttest.Call{Args: []string{fronttest.URL(p)}}
}

// answered is all that h says to c, by way of credhelper.
func answered(t *testing.T, h credhelper.Handler, c fronttest.Call) string {
	var out bytes.Buffer
	_, err := credhelper.Serve(t.Context(), h, credhelper.Call{
		Args: append([]string{"fob"}, c.Args...), Getenv: c.Getenv,
		Stdin: strings.NewReader(c.Stdin), Stdout: &out, Stderr: &out,
	})
	if rest := new(credhelper.HandOver); err != nil && (!errors.As(err, &rest) || rest.Next == nil || out.Len() > 0) {
		t.Errorf("%v after %d bytes of output", err, out.Len())
	}
	return out.String()
}

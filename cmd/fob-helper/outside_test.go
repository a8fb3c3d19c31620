package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/frontend/fronttest"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/record"
	"github.com/fobkit/fob/internal/route"
)

const token = "access-of-corp"

// corp is a handler that knows one profile and its token.
func corp(t *testing.T) *hit {
	p := route.Profile{Name: "corp", Record: "k1-corp"}
	for _, text := range fronttest.Hosts {
		host, err := route.ParsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		p.Hosts = append(p.Hosts, host)
	}
	now := time.Now()
	data, err := record.Record{Generation: 1, Access: token, Type: "Bearer", Issued: now, Expiry: now.Add(time.Hour)}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	state := t.TempDir()
	if err := fob.Dir(paths.Tokens(state)).Put(t.Context(), p.Record, data); err != nil {
		t.Fatal(err)
	}
	return &hit{index: &route.Index{Profiles: []route.Profile{p}}, state: state, getenv: func(string) string { return "" }}
}

func TestNoFrontEndPrintsATokenForAnotherPlace(t *testing.T) {
	h := corp(t)
	for name, call := range fronttest.Calls {
		t.Run(name, func(t *testing.T) {
			fronttest.NeverOutside(t, token, call, func(c fronttest.Call) string {
				var out bytes.Buffer
				_, err := credhelper.Serve(t.Context(), h, credhelper.Call{
					Args: append([]string{"fob-helper"}, c.Args...), Getenv: c.Getenv,
					Stdin: strings.NewReader(c.Stdin), Stdout: &out, Stderr: &out, Limit: maxRequest,
				})
				told := strings.TrimPrefix(out.String(), "{\"v\":[1]}\n") // cargo's greeting tells nothing
				if err != nil && (!errors.Is(err, credhelper.ErrHandOver) || told != "") {
					t.Errorf("%v after %d bytes of output", err, out.Len())
				}
				return out.String()
			})
		})
	}
}

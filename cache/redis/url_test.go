package redis

import (
	"crypto/tls"
	"errors"
	"strings"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/redistest"
)

// clients is how many connections of ours the server has.
func clients(s *redistest.Server) int { return strings.Count(s.CLI("CLIENT", "LIST"), " name=fob ") }

func TestURLs(t *testing.T) {
	for text, want := range map[string]address{
		"redis://h":               {network: "tcp", address: "h:6379", host: "h"},
		"valkey://h:1/2":          {network: "tcp", address: "h:1", host: "h", db: 2},
		"rediss://u:p%40@h/":      {network: "tcp", address: "h:6379", host: "h", tls: true, user: "u", password: "p@"},
		"valkeys://:p@[::1]:1":    {network: "tcp", address: "[::1]:1", host: "::1", tls: true, password: "p"},
		"unix:///run/s":           {network: "unix", address: "/run/s"},
		"unix://u:p@/run/s?db=12": {network: "unix", address: "/run/s", user: "u", password: "p", db: 12},
	} {
		if got, err := parseURL(text); got != want || err != nil {
			t.Errorf("%s: got %+v, %v, want %+v", text, got, err, want)
		}
	}
}

func TestBadOptionsAreNamedBeforeAnythingIsAsked(t *testing.T) {
	const canary = "fob-canary-7f3a9c"
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{URL: ""}, "redis: URL: scheme is none of redis, rediss, valkey, valkeys, unix"},
		{Options{URL: "http://h"}, "redis: URL: scheme is none of redis, rediss, valkey, valkeys, unix"},
		{Options{URL: "redis://:" + canary + "%@h"}, "redis: URL: not a URL"},
		{Options{URL: "redis:///1"}, "redis: URL: no host"},
		{Options{URL: "redis:h"}, "redis: URL: no host"},
		{Options{URL: "redis://h/one"}, "redis: URL: the database is not a number"},
		{Options{URL: "redis://h/-1"}, "redis: URL: the database is not a number"},
		{Options{URL: "redis://u:1?" + canary + "@h/1"}, "redis: URL: it has parameters, which only unix has"},
		{Options{URL: "redis://h?protocol=2"}, "redis: URL: it has parameters, which only unix has"},
		{Options{URL: "unix:///s?db=1&timeout=1s"}, "redis: URL: it has a parameter other than db"},
		{Options{URL: "unix://s"}, "redis: URL: the socket's path is not absolute"},
		{Options{URL: "redis://:" + canary + "@h"}, "redis: URL: a password in the clear goes to loopback and sockets only: rediss and valkeys are with TLS"},
		{Options{URL: "redis://h", Password: canary}, "redis: URL: a password in the clear goes to loopback and sockets only: rediss and valkeys are with TLS"},
		{Options{URL: "rediss://:" + canary + "@h", Password: canary}, "redis: Password: the URL has one too"},
		{Options{URL: "redis://h", TLS: new(tls.Config)}, "redis: TLS: only for rediss and valkeys"},
		{Options{URL: "redis://h"}, "redis: Keys: no sealing key"},
		{Options{URL: "redis://h", Keys: canary}, "redis: Keys: line 1: sealing key: not base64url"},
	} {
		_, err := Open(c.o)
		var option *OptionError
		if !errors.As(err, &option) || err.Error() != c.want {
			t.Errorf("got %q, want %q", err, c.want)
		}
		if fob.OutcomeOf(err) != fob.Local {
			t.Errorf("%v: not local", err)
		}
	}
}

func FuzzURL(f *testing.F) {
	for _, seed := range []string{"redis://u:p@h:1/2", "rediss://[::1]", "unix://u:p@/s?db=1", "valkey://h?x=1#y", "redis:%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseURL(text)
		if err == nil && (a.address == "" || a.db < 0 || (a.network == "tcp") != (a.host != "")) {
			t.Errorf("%+v is no address", a)
		}
	})
}

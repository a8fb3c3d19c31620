package route

import (
	"cmp"
	"errors"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func mustPattern(t testing.TB, s string) Pattern {
	t.Helper()
	p, err := ParsePattern(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return p
}

func mustURL(t testing.TB, s string) Target {
	t.Helper()
	target, err := ParseURL(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return target
}

func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		pattern string
		in, out string // URLs that match, and that do not
	}{
		{"git.example",
			"https://git.example https://GIT.Example./ https://git.example:443/any/../path https://git.example/a?b#c",
			"http://git.example https://git.example:8443 https://a.git.example https://example https://git.example.evil.test https://evilgit.example"},
		{"git.example/team",
			"https://git.example/team https://git.example/team/ https://git.example/team/repo.git https://git.example/%74eam/x https://git.example/team//x",
			"https://git.example https://git.example/ https://git.example/teams https://git.example/Team https://git.example/x/team https://git.example//team" +
				" https://git.example/team/../other https://git.example/team/./x https://git.example/team/%2e%2e/other https://git.example/team/.%2E/other" +
				" https://git.example/team/%252e%252e/other https://git.example/team%2f..%2fother https://git.example/team/..%5cother" +
				` https://git.example/team\x https://git.example/team/..;x/other https://git.example/team/%00 https://git.example/team/..%20/other https://git.example/team/...%20/other https://git.example/team/%C0%AE%C0%AE/other https://git.example/team/%`},
		{"git.example/a/b", "https://git.example/a/b/c", "https://git.example/a https://git.example/ab https://git.example/a/bc"},
		{"*.k8s.example:6443",
			"https://a.k8s.example:6443 https://A.K8S.example.:6443/api",
			"https://k8s.example:6443 https://a.b.k8s.example:6443 https://.k8s.example:6443 https://ak8s.example:6443 https://a.k8s.example"},
		{"localhost", "https://localhost https://localhost.", "http://localhost https://localhost:5000 https://a.localhost"},
		{"http://localhost:5000", "http://localhost:5000/v2/", "https://localhost:5000 http://127.0.0.1:5000 http://localhost"},
		{"http://127.0.0.1", "http://127.0.0.1:80", "http://127.0.0.2 http://127.0.0.1:8080"},
		{"[::1]:8443", "https://[::1]:8443 https://[0:0::0001]:8443", "https://[::2]:8443 https://[::1] https://localhost:8443"},
		{"http://[::1]", "http://[::1]/", "http://[::ffff:127.0.0.1]/ https://[::1]/"},
	} {
		p := mustPattern(t, tc.pattern)
		for want, urls := range map[bool]string{true: tc.in, false: tc.out} {
			for s := range strings.FieldsSeq(urls) {
				target, _ := ParseURL(s) // what does not parse is the zero Target, and matches nothing
				if got := p.Match(target); got != want {
					t.Errorf("%s matches %s: got %v, want %v", tc.pattern, s, got, want)
				}
			}
		}
	}
}

func TestPatternErrorsNameThePart(t *testing.T) {
	for pattern, want := range map[string]string{
		"":                        "host: empty, or has an empty label",
		"*":                       "host: * is not one whole leftmost label",
		"*.":                      "host: empty, or has an empty label",
		"a.*.example":             "host: * is not one whole leftmost label",
		"a*.example":              "host: * is not one whole leftmost label",
		"*.*.example":             "host: * is not one whole leftmost label",
		"*.0.0.1":                 "host: ends in a number but is no IPv4 address",
		"*.10.0.0.1":              "host: * before an address",
		"*.[::1]":                 "host: * before an address",
		"git..example":            "host: empty, or has an empty label",
		"-git.example":            "host: has a label that begins or ends with a hyphen",
		"git example":             "host: has a character that no host name has",
		"git%2eexample":           "host: has a character that no host name has",
		"git.example?x":           "host: has a character that no host name has",
		"127.1":                   "host: ends in a number but is no IPv4 address",
		"0x7f.1":                  "host: ends in a number but is no IPv4 address",
		"a.0x7F":                  "host: ends in a number but is no IPv4 address",
		"127.0.0.01":              "host: ends in a number but is no IPv4 address",
		"[::1":                    "host: not an IPv6 address in brackets",
		"[127.0.0.1]":             "host: not an IPv6 address in brackets",
		"[fe80::1%eth0]":          "host: not an IPv6 address in brackets",
		"::1":                     "host: has a character that no host name has",
		strings.Repeat("a", 64):   "host: has a label longer than 63 characters",
		strings.Repeat("a.", 128): "host: longer than 253 characters",
		"git.example:":            "port: not a number from 1 to 65535",
		"git.example:0":           "port: not a number from 1 to 65535",
		"git.example:0443":        "port: not a number from 1 to 65535",
		"git.example:65536":       "port: not a number from 1 to 65535",
		"git.example:https":       "port: not a number from 1 to 65535",
		"ssh://git.example":       "scheme: neither https nor http",
		"http://git.example":      "scheme: http is for 127.0.0.0/8, [::1] and localhost only",
		"http://localhost.evil":   "scheme: http is for 127.0.0.0/8, [::1] and localhost only",
		"http://*.localhost":      "scheme: http is for 127.0.0.0/8, [::1] and localhost only",
		"user:pw@git.example":     "user: not allowed here",
		"git.example/a/../b":      "path: not plain segments",
		"git.example/a//b":        "path: not plain segments",
		"git.example//a":          "path: not plain segments",
		"git.example/a%2fb":       "path: not plain segments",
		"git.example/a?b":         "path: not plain segments",
		"bücher.example":          "host: not ASCII",
	} {
		p, err := ParsePattern(pattern)
		if err == nil || err.Error() != want || p != (Pattern{}) {
			t.Errorf("%q: got %+v, %v, want %s", pattern, p, err, want)
		}
	}
	if _, err := ParsePattern("bücher.example"); !errors.Is(err, ErrNonASCII) {
		t.Errorf("got %v, want %v", err, ErrNonASCII)
	}
}

func TestPatternsHaveOneSpelling(t *testing.T) {
	for in, want := range map[string]string{
		"https://GIT.Example.:443/":    "git.example",
		"git.example/team/":            "git.example/team",
		"git.example/%7Eteam":          "git.example/~team",
		"*.K8S.example:6443":           "*.k8s.example:6443",
		"HTTP://localhost:80":          "http://localhost",
		"http://127.9.9.9:443":         "http://127.9.9.9:443",
		"[0:0:0:0:0:0:0:1]:8443/a":     "[::1]:8443/a",
		"xn--bcher-kva.example":        "xn--bcher-kva.example",
		"_service.internal_name.local": "_service.internal_name.local",
	} {
		if got := mustPattern(t, in).String(); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// naive is Match by another road: one regular expression over the whole URL, and the path as package path resolves it.
func naive(p Pattern, t Target) bool {
	expr := regexp.QuoteMeta(p.Host)
	expr = "^" + strings.Replace(expr, `\*`, `[a-z0-9_-]+`, 1) + "$"
	if p.Scheme != t.Scheme || p.Port != t.Port || !regexp.MustCompile(expr).MatchString(t.Host) {
		return false
	}
	resolved := path.Clean("/" + t.Path)
	return p.Path == "" || resolved == p.Path || strings.HasPrefix(resolved, p.Path+"/")
}

// FuzzMatch: whatever URL a tool names, a pattern that matches it covers the place that net/url finds in it.
func FuzzMatch(f *testing.F) {
	patterns := []Pattern{mustPattern(f, "git.example/team"), mustPattern(f, "*.k8s.example:6443"), mustPattern(f, "http://127.0.0.1:8080/a/b"),
		mustPattern(f, "[::1]"), mustPattern(f, "example")}
	for _, seed := range []string{"https://git.example/team/x", "https://GIT.example.:443/team%2f..", "https://a.k8s.example:6443", "https://a.b.k8s.example:6443/",
		"http://127.0.0.1:8080/a/b/../c", "https://[::1]/", "https://user@git.example/team", "https://git.example\\@evil.test/team", "https://example#@git.example/team"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		target, err := ParseURL(raw)
		if err != nil {
			return
		}
		for _, p := range patterns {
			if !p.Match(target) {
				continue
			}
			if !naive(p, target) {
				t.Errorf("%s matches %q, against the model", p, raw)
			}
			if u, err := url.Parse(raw); err == nil && !naive(p, dialled(u)) {
				t.Errorf("%s matches %q, which goes to %s", p, raw, u)
			}
		}
	})
}

// dialled is where net/http would send a request for u.
func dialled(u *url.URL) Target {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if addr, err := netip.ParseAddr(host); err == nil {
		host = addr.String()
	}
	port, _ := strconv.ParseUint(cmp.Or(u.Port(), map[string]string{"https": "443", "http": "80"}[u.Scheme]), 10, 16)
	return Target{Scheme: u.Scheme, Host: host, Port: uint16(port), Path: u.Path}
}

func FuzzParsePattern(f *testing.F) {
	for _, seed := range []string{"git.corp.example/team", "*.k8s.corp.example:6443", "http://127.0.0.1:8080", "[::1]:8443/a b", "http://localhost", "a/%7E;x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePattern(s)
		if err != nil {
			return
		}
		again, err := ParsePattern(p.String())
		if err != nil || again != p {
			t.Errorf("%q: got %+v, %v from its String %q, want %+v", s, again, err, p, p)
		}
		if p.Scheme == "http" && !Loopback(p.Host) {
			t.Errorf("%q: got plain http beyond loopback", s)
		}
	})
}

package route

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// profiles makes an index of lines such as "name user host host …"; a "+word" is an allowed front-end, "-" no user.
func profiles(t testing.TB, lines ...string) *Index {
	x := new(Index)
	for _, line := range lines {
		f := strings.Fields(line)
		p := Profile{Name: f[0], Username: strings.TrimPrefix(f[1], "-")}
		for _, word := range f[2:] {
			if front, ok := strings.CutPrefix(word, "+"); ok {
				p.Allow = append(p.Allow, front)
			} else {
				p.Hosts = append(p.Hosts, mustPattern(t, word))
			}
		}
		x.Profiles = append(x.Profiles, p)
	}
	return x
}

func TestChoose(t *testing.T) {
	x := profiles(t,
		"wide - git.example",
		"team oauth2 git.example/team",
		"repo bot git.example/team/repo git.example",
		"kube - *.k8s.example:6443 +kubernetes",
		"prod - a.k8s.example:6443 +raw +kubernetes",
	)
	at := func(s string) Target { return mustURL(t, s) }
	for _, tc := range []struct {
		name  string
		query Query
		want  string // a profile, "none", or the two that clash
	}{
		{"longest path", Query{Target: at("https://git.example/team/repo/x")}, "repo"},
		{"longest path beats user name and FOB_PROFILE", Query{Target: at("https://git.example/team/x"), Username: "bot", Prefer: "wide"}, "team"},
		{"user name breaks a tie", Query{Target: at("https://git.example/x"), Username: "bot", Prefer: "wide"}, "repo"},
		{"FOB_PROFILE breaks the tie that is left", Query{Target: at("https://git.example/x"), Username: "nobody", Prefer: "wide"}, "wide"},
		{"a tie is an error that names both", Query{Target: at("https://git.example/x")}, "wide repo"},
		{"FOB_PROFILE that does not match breaks no tie", Query{Target: at("https://git.example/x"), Prefer: "kube"}, "wide repo"},
		{"a star is no worse than a name", Query{Target: at("https://a.k8s.example:6443")}, "kube prod"},
		{"a flag narrows", Query{Target: at("https://git.example/team/repo"), Profile: "wide"}, "wide"},
		{"a flag never widens", Query{Target: at("https://evil.test"), Profile: "wide"}, "none"},
		{"nor does FOB_PROFILE", Query{Target: at("https://evil.test"), Prefer: "wide"}, "none"},
		{"a flag of no profile", Query{Target: at("https://git.example"), Profile: "nobody"}, "none"},
		{"no host: one that allows the front-end", Query{Front: "raw"}, "prod"},
		{"no host: two allow it", Query{Front: "kubernetes"}, "kube prod"},
		{"no host: the flag's, if it allows it", Query{Front: "kubernetes", Profile: "kube"}, "kube"},
		{"no host: a flag does not allow", Query{Front: "raw", Profile: "kube"}, "none"},
		{"no host, no front-end", Query{}, "none"},
		{"what is allowed without host is not with one", Query{Target: at("https://evil.test"), Front: "raw", Profile: "prod"}, "none"},
		{"a target without host is no target and no absence of one", Query{Target: Target{Scheme: "https"}, Front: "raw"}, "none"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := outcome(x.Choose(tc.query)); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// outcome is Choose's answer in a word.
func outcome(p *Profile, err error) string {
	var clash *AmbiguousError
	switch {
	case err == nil:
		return p.Name
	case errors.As(err, &clash):
		return clash.A + " " + clash.B
	case errors.Is(err, ErrNoProfile):
		return "none"
	}
	return err.Error()
}

func TestFrontsAreSorted(t *testing.T) {
	if !slices.IsSorted(Fronts) {
		t.Errorf("got %v", Fronts)
	}
}

// TestNoProfileOutsideItsHosts is the promise that matters most: whatever is asked, by whatever name a profile is chosen,
// the answer is a profile of which the naive model says that its token may go there.
func TestNoProfileOutsideItsHosts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func(words ...string) string { return words[rng.IntN(len(words))] }
	host := func() string {
		return pick("", "a.", "a.b.") + pick("example", "example", "b.example", "localhost", "127.0.0.1", "[::1]")
	}
	place := func() string {
		return host() + pick("", "", ":443", ":8443") + pick("", "/", "/t", "/t/u", "/tu", "/t/../u", "/t/%2e%2e/u", "//t", "/t/u/v/")
	}
	answered := 0
	for range 20000 {
		x := new(Index)
		for _, name := range []string{"p", "q", "r"} {
			p := Profile{Name: name, Username: pick("", "u"), Allow: []string{pick("raw", "exec", "aws")}}
			for range rng.IntN(5) {
				if h, err := ParsePattern(pick("", "", "http://") + pick("", "*.") + place()); err == nil {
					p.Hosts = append(p.Hosts, h)
				}
			}
			x.Profiles = append(x.Profiles, p)
		}
		target, err := ParseURL(pick("https", "https", "http") + "://" + place())
		if err != nil {
			continue
		}
		q := Query{Target: target, Front: pick("raw", "git"), Username: pick("", "u"), Profile: pick("", "", "p"), Prefer: pick("", "p", "q")}
		p, err := x.Choose(q)
		if err != nil {
			continue
		}
		answered++
		if !slices.ContainsFunc(p.Hosts, func(h Pattern) bool { return naive(h, target) }) {
			t.Fatalf("%+v got profile %s of hosts %v", q, p.Name, p.Hosts)
		}
		if q.Profile != "" && q.Profile != p.Name {
			t.Fatalf("%+v got profile %s", q, p.Name)
		}
	}
	if answered < 300 {
		t.Errorf("got %d answers: too few to say anything", answered)
	}
}

func FuzzChoose(f *testing.F) {
	x := profiles(f, "p - git.example/team *.k8s.example:6443 +raw", "q - http://127.0.0.1:8080 git.example")
	f.Add("https", "git.example", "team/x.git", "p", "q", "raw")
	f.Add("http", "127.0.0.1:8080", "", "", "", "git")
	f.Add("https", "a.k8s.example:6443", "/api", "q", "p", "")
	f.Fuzz(func(t *testing.T, scheme, host, path, profile, fobProfile, front string) {
		target, err := ParseTarget(scheme, host, path)
		if err != nil {
			return
		}
		p, err := x.Choose(Query{Target: target, Profile: profile, Prefer: fobProfile, Front: front})
		if err == nil && !slices.ContainsFunc(p.Hosts, func(h Pattern) bool { return naive(h, target) }) {
			t.Errorf("%q %q %q got profile %s", scheme, host, path, p.Name)
		}
	})
}

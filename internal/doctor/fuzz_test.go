package doctor

import (
	"os"
	"strings"
	"testing"

	"github.com/fobkit/fob/internal/route"
)

// What tools print, and what people have in their files, is read without a panic, and without a name that was not there.
func FuzzToolsFiles(f *testing.F) {
	for _, seed := range []string{
		"file:/etc/gitconfig\x00credential.helper\nstore\x00command line:\x00credential.https://git.example.helper\n!fob git\x00",
		`{"credsStore":"desktop","credHelpers":{"r.example":"fob"},"auths":{"x":{}}}`,
		"users:\n- name: fob\n  user: {exec: {command: fob-helper, args: [kubernetes]}}\ncontexts: [{name: k, context: {cluster: c, user: fob}}]\nclusters: [{name: c, cluster: {server: 'https://k.example'}}]",
		`"/opt/a b/fob-helper" goauth; netrc; 'x' ;; off`,
		"machine git.example login a password b\nmachine", "git version 2.39.5 (Apple Git-154)", "go1.24rc1",
	} {
		f.Add(seed)
	}
	host, err := route.ParsePattern("git.example")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, g := range asked(parseGitHelpers(text), host) {
			g.isFob()
		}
		parseDockerConfig([]byte(text))
		if k, err := parseKubeconfig([]byte(text)); err == nil {
			k.usersOf(route.Target(host))
		}
		for _, words := range goCommands(text) {
			if len(words) == 0 || !strings.Contains(text, words[0]) {
				t.Errorf("command %q of %q", words, text)
			}
		}
		for _, m := range netrcMachines(text) {
			if !strings.Contains(text, m) {
				t.Errorf("machine %q of %q", m, text)
			}
		}
		parseVersion(text)
	})
}

func TestVersionsAreFound(t *testing.T) {
	for text, want := range map[string]string{
		"git version 2.39.5 (Apple Git-154)": "2.39.5", "git version 2.51.0.windows.1": "2.51.0", "go1.26.1": "1.26.1", "go1.25": "1.25.0",
		"Client Version: v1.36.0\nKustomize Version: v5.7.1": "1.36.0", "Docker version 29.0.1, build abc": "29.0.1",
		"pip 25.1 from /x/y3.13 (python 3.13)": "25.1.0", "cargo 1.95.0-dev (a 2026-01-01)": "1.95.0",
	} {
		if v, ok := parseVersion(text); !ok || v.String() != want {
			t.Errorf("%q: got %v, %v, want %s", text, v, ok, want)
		}
	}
	if v, ok := parseVersion("no version here"); ok {
		t.Errorf("got %v, want none", v)
	}
}

func TestEveryCheckHasARowInTheDocumentation(t *testing.T) {
	page, err := os.ReadFile("../../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	checks := Checks()
	for _, c := range checks {
		if !strings.Contains(string(page), "\n| `"+c.Name+"` | ") {
			t.Errorf("no row for %s", c.Name)
		}
	}
	if rows := strings.Count(string(page), "\n| `"); rows != len(checks) {
		t.Errorf("%d rows, want %d", rows, len(checks))
	}
}

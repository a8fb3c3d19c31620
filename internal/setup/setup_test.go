package setup

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func writeHome(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func (m *Machine) granted(t *testing.T, w Wish) bool {
	t.Helper()
	return do(t, func() (*Plan, error) { return m.Plan(t.Context(), w) })
}

// Without its manifest setup knows what it would write, and takes what stands there for its own.
func TestALostManifestIsMadeAnew(t *testing.T) {
	for _, tool := range tools {
		input := filepath.Join("testdata", tool.name, "commented.in")
		if _, err := os.Stat(input); err != nil {
			continue
		}
		t.Run(tool.name, func(t *testing.T) {
			c := configured[tool.name]
			m, home := testMachine(t, c.environ)
			path, before := filepath.Join(home, c.file), content(t, input)
			writeHome(t, path, before)
			m.granted(t, wishFor(tool.name, home))
			once := content(t, path)
			if err := os.Remove(m.manifestPath()); err != nil {
				t.Fatal(err)
			}
			m.granted(t, wishFor(tool.name, home))
			if got := content(t, path); got != once {
				t.Errorf("got\n%s\nwant it as it was\n%s", got, once)
			}
		})
	}
}

// A helper that has moved, and a host that a profile does not have any more, leave nothing behind.
func TestSetupFollowsItsHelperAndItsHosts(t *testing.T) {
	m, home := testMachine(t, nil)
	path := filepath.Join(home, ".gitconfig")
	writeHome(t, path, "[user]\n\tname = N\n")
	m.granted(t, Wish{Tool: "git"})
	old := m.Helper
	m.Helper = filepath.Join(filepath.Dir(old), "new place", "fob-helper")
	m.Profiles = m.Profiles[:1]
	m.Profiles[0].Hosts = m.Profiles[0].Hosts[:1]
	m.granted(t, Wish{Tool: "git"})
	want := "[user]\n\tname = N\n[credential \"https://git.corp.example\"]\n\thelper =\n\thelper = \"" +
		strings.ReplaceAll(filepath.ToSlash(m.Helper), " ", `\\ `) + " git\"\n"
	if got := content(t, path); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	do(t, func() (*Plan, error) { return m.PlanRemoval("git") })
	if got := content(t, path); got != "[user]\n\tname = N\n" {
		t.Errorf("after unsetup: got\n%s", got)
	}
}

// One profile and then another are both; all profiles stay all.
func TestProfilesAddUp(t *testing.T) {
	m, _ := testMachine(t, nil)
	for _, tc := range []struct{ wish, want []string }{
		{[]string{"team"}, []string{"team"}}, {[]string{"corp"}, []string{"corp", "team"}}, {nil, nil}, {[]string{"corp"}, nil},
	} {
		m.granted(t, Wish{Tool: "git", Profiles: tc.wish})
		done, err := m.Done()
		if err != nil || len(done) != 1 || !slices.Equal(done[0].Profiles, tc.want) {
			t.Errorf("after %v: got %+v, %v, want %v", tc.wish, done, err, tc.want)
		}
	}
}

func TestTheManifestHoldsNoSecretOfAFile(t *testing.T) {
	const canary = "fob-canary-7f3a9c"
	m, home := testMachine(t, nil)
	writeHome(t, filepath.Join(home, ".docker/config.json"), `{"auths":{"a":{"auth":"`+canary+`"}},"credHelpers":{},"x":"`+canary+`"}`)
	writeHome(t, filepath.Join(home, ".kube/config"), content(t, "testdata/kubectl/commented.in"))
	writeHome(t, filepath.Join(home, ".cargo/config.toml"), content(t, "testdata/cargo/edited.in"))
	for _, name := range []string{"docker", "kubectl", "cargo"} {
		p, err := m.Plan(t.Context(), Wish{Tool: name})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(p.Diff(), canary) {
			t.Errorf("%s: the diff shows a secret", name)
		}
		if err := p.Apply(func(string) {}); err != nil {
			t.Fatal(err)
		}
	}
	data := content(t, m.manifestPath())
	if strings.Contains(data, canary) || !json.Valid([]byte(data)) {
		t.Error("the manifest holds a secret, or is no JSON")
	}
}

// A helper that git reads later than our file would be told our tokens, and nobody but its owner can take it away.
func TestGitHelpersThatComeLaterAreToldOf(t *testing.T) {
	m, _ := testMachine(t, nil)
	m.Run = func(_ context.Context, dir, name string, args ...string) ([]byte, error) {
		if name != "git" || !filepath.IsAbs(dir) {
			t.Errorf("%s %v runs in %s", name, args, dir)
		}
		return []byte("system\x00file:/etc/gitconfig\x00credential.helper\ncache\x00" +
			"command\x00command line:\x00credential.https://*.corp.example.helper\nstore --file x\x00"), nil
	}
	p, err := m.Plan(t.Context(), Wish{Tool: "git", Profiles: []string{"corp"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"git's command configuration: helper store is called after fob for https://git.corp.example, and told its tokens"}
	if !slices.Equal(p.Warnings, want) {
		t.Errorf("got %q, want %q", p.Warnings, want)
	}
}

func TestAFileThatChangesMeanwhileIsLeftAlone(t *testing.T) {
	m, home := testMachine(t, nil)
	path := filepath.Join(home, ".gitconfig")
	writeHome(t, path, "[user]\n")
	p, err := m.Plan(t.Context(), Wish{Tool: "git"})
	if err != nil {
		t.Fatal(err)
	}
	writeHome(t, path, "[core]\n")
	if err := p.Apply(func(string) {}); !errors.Is(err, errChanged) {
		t.Errorf("got %v, want %v", err, errChanged)
	}
	if got := content(t, path); got != "[core]\n" {
		t.Errorf("got %q, want what the other program wrote", got)
	}
}

func TestPlacesThatCannotBeMeantAreRefused(t *testing.T) {
	for _, tc := range []struct {
		tool, variable, value string
		want                  error
	}{
		{"git", "GIT_CONFIG_GLOBAL", "here", errRelative},
		{"docker", "DOCKER_CONFIG", "here", errRelative},
		{"podman", "REGISTRY_AUTH_FILE", "here", errRelative},
		{"cargo", "CARGO_HOME", "here", errRelative},
		{"go", "GOENV", "here", errRelative},
		{"go", "GOENV", "off", errGoEnvOff},
	} {
		m, _ := testMachine(t, map[string]string{tc.variable: tc.value})
		if _, err := m.Plan(t.Context(), Wish{Tool: tc.tool}); !errors.Is(err, tc.want) {
			t.Errorf("%s=%s: got %v, want %v", tc.variable, tc.value, err, tc.want)
		}
	}
}

// Clusters may stand in another file than the first, to which the user is written; one that others may write is passed over.
func TestKubectlReadsAllFilesAndWritesTheFirst(t *testing.T) {
	m, home := testMachine(t, map[string]string{"KUBECONFIG": strings.Join([]string{"$HOME/one", "$HOME/two", "$HOME/three"}, string(filepath.ListSeparator))})
	writeHome(t, filepath.Join(home, "one"), "users: []\n")
	writeHome(t, filepath.Join(home, "two"), content(t, "testdata/kubectl/commented.in"))
	writeHome(t, filepath.Join(home, "three"), "kind: Config\n")
	if err := os.Chmod(filepath.Join(home, "three"), 0o606); err != nil {
		t.Fatal(err)
	}
	m.granted(t, Wish{Tool: "kubectl"})
	if got := content(t, filepath.Join(home, "one")); !strings.HasPrefix(got, "users:\n- name: fob\n") {
		t.Errorf("the first file: got\n%s", got)
	}
	if got := content(t, filepath.Join(home, "two")); !strings.Contains(got, "    user: fob\n") || strings.Contains(got, "- name: fob") {
		t.Errorf("the second file: got\n%s", got)
	}
	do(t, func() (*Plan, error) { return m.PlanRemoval("kubectl") })
	if got := content(t, filepath.Join(home, "one")); got != "users: []\n" {
		t.Errorf("after unsetup: got\n%s", got)
	}
}

// A link that two tools look for goes with the last of them, whichever has asked for it first.
func TestToolsShareALink(t *testing.T) {
	for _, order := range [][]string{{"docker", "podman"}, {"podman", "docker"}} {
		m, _ := testMachine(t, nil)
		link := filepath.Join(m.Data, "bin", "docker-credential-fob"+exe)
		m.granted(t, Wish{Tool: "docker"})
		m.granted(t, Wish{Tool: "podman"})
		do(t, func() (*Plan, error) { return m.PlanRemoval(order[0]) })
		if !leads(link, m.Helper) {
			t.Errorf("%v: the link has gone with the first", order)
		}
		do(t, func() (*Plan, error) { return m.PlanRemoval(order[1]) })
		if fileExists(filepath.Dir(link)) {
			t.Errorf("%v: the link, or its directory, is left behind", order)
		}
	}
}

// Links move to the directory of fob-helper once that is on PATH, and leave no directory behind.
func TestLinksFollowPATH(t *testing.T) {
	m, _ := testMachine(t, nil)
	m.granted(t, Wish{Tool: "docker"})
	m.granted(t, Wish{Tool: "vault"})
	getenv := m.Getenv
	m.Getenv = func(name string) string {
		if name == "PATH" {
			return filepath.Dir(m.Helper)
		}
		return getenv(name)
	}
	m.granted(t, Wish{Tool: "docker"})
	m.granted(t, Wish{Tool: "vault"})
	if dir := filepath.Join(m.Data, "bin"); fileExists(dir) {
		t.Errorf("%s is left behind", dir)
	}
	if link := filepath.Join(filepath.Dir(m.Helper), "docker-credential-fob"+exe); !leads(link, m.Helper) {
		t.Errorf("%s does not lead to fob-helper", link)
	}
}

// Where two profiles have a host, neither answers unless it is named, and who sets up a tool for one of them has named it.
func TestAHostOfTwoProfilesGoesToTheOneThatIsSetUp(t *testing.T) {
	m, home := testMachine(t, nil)
	m.Profiles[1].Hosts = m.Profiles[0].Hosts[:1] // https://git.corp.example
	team := m.Profiles[1].Name
	m.granted(t, Wish{Tool: "git", Profiles: []string{team}})
	if got, want := content(t, filepath.Join(home, ".gitconfig")), "fob-helper git --profile "+team+"\n"; !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant %s", got, want)
	}
	m.granted(t, Wish{Tool: "docker", Profiles: []string{team}})
	if got, want := content(t, filepath.Join(home, ".docker/config.json")), `"git.corp.example": "fob-`+team+`"`; !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant %s", got, want)
	}
	if link := filepath.Join(m.Data, "bin", "docker-credential-fob-"+team+exe); !leads(link, m.Helper) {
		t.Errorf("%s does not lead to fob-helper", link)
	}
	m.granted(t, Wish{Tool: "git"}) // all: what was said of this one stays
	got := content(t, filepath.Join(home, ".gitconfig"))
	if !strings.Contains(got, "--profile "+team+"\n") || strings.Count(got, "--profile") != 1 {
		t.Errorf("got\n%s\nwant %s named for its host alone", got, team)
	}
	m.granted(t, Wish{Tool: "git", Profiles: []string{m.Profiles[0].Name}}) // both: nobody has said which
	if got := content(t, filepath.Join(home, ".gitconfig")); strings.Contains(got, "--profile") {
		t.Errorf("got\n%s\nwant no profile named", got)
	}
}

func TestALinkToNothingIsToldOf(t *testing.T) {
	m, home := testMachine(t, nil)
	path := filepath.Join(home, ".gitconfig")
	if err := os.Symlink("dotfiles/gitconfig", path); err != nil {
		t.Skip(err) // Windows gives the right to few
	}
	_, err := m.Plan(t.Context(), Wish{Tool: "git"})
	if want := path + ": a link to a file that is not there"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

package setup

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/fobkit/fob/internal/route"
)

// What somebody has chosen stays, and is named with its place, but not with its arguments; --replace takes it over, and unsetup gives it back.
func TestAnotherProgramKeepsItsPlace(t *testing.T) {
	for _, tc := range []struct{ tool, text, what, has, gone string }{
		{"terraform", "#\ncredentials_helper \"foreign\" {\n}\n", "credentials_helper", "foreign", "foreign"},
		{"vault", "#\ntoken_helper = \"/opt/foreign\"\n", "token_helper", "/opt/foreign", "foreign"},
		{"aws", "[profile cloud]\ncredential_process = /opt/foreign --key fob-canary-7f3a9c\n", "profile cloud.credential_process", "/opt/foreign", "foreign"},
		{"google", "{\n\"type\": \"service_account\"}", "type", "service_account", "service_account"},
		{"bazel", "#\nbuild --x '--credential_helper=git.corp.example=/opt/foreign'\n", "helper of git.corp.example", "/opt/foreign", ""},
		{"pip", "[global]\nkeyring-provider: import\n", "global.keyring-provider", "import", "import"},
		{"pip", "[global]\nkeyring_provider = import\n", "global.keyring_provider", "import", ""},
		{"uv", "#\nkeyring-provider = \"disabled\"\n", "keyring-provider", "disabled", "disabled"},
		{"pnpm", "\n//git.corp.example/:tokenHelper=/opt/foreign\n", "//git.corp.example/:tokenHelper", "/opt/foreign", "foreign"},
		{"claude", "{\"env\": {\"ANTHROPIC_BASE_URL\": \"https://git.corp.example\"},\n\"apiKeyHelper\": \"/opt/foreign --key fob-canary-7f3a9c\"}", "apiKeyHelper", "/opt/foreign", "foreign"},
		{"codex", "[model_providers.corp]\nauth.command = '/opt/foreign'\nbase_url = 'https://git.corp.example'\n", "model_providers.corp.auth.command", "/opt/foreign", "foreign"},
	} {
		m, home := testMachine(t, configured[tc.tool].environ)
		path, w := filepath.Join(home, configured[tc.tool].file), wishFor(tc.tool, home)
		writeHome(t, path, tc.text)
		_, err := m.Plan(t.Context(), w)
		if want := (&ConflictError{path, 2, tc.what, tc.has}).Error(); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", tc.tool, err, want)
		}
		w.Replace = true
		m.granted(t, w)
		if got := content(t, path); tc.gone != "" && strings.Contains(got, tc.gone) || got == tc.text {
			t.Errorf("%s, replaced: got\n%s", tc.tool, got)
		}
		do(t, func() (*Plan, error) { return m.PlanRemoval(tc.tool) })
		if got := content(t, path); got != tc.text {
			t.Errorf("%s, after unsetup: got\n%s\nwant\n%s", tc.tool, got, tc.text)
		}
	}
}

// Setup tells of what a tool looks at before it asks fob.
func TestWhatComesBeforeFobIsToldOf(t *testing.T) {
	files := map[string]string{
		".terraformrc":                       "#\ncredentials \"git.corp.example\" {\n  token = \"fob-canary-7f3a9c\"\n}\ncredentials \"app.other.example\" {}\n",
		".terraform.d/credentials.tfrc.json": `{"credentials": {"a.k8s.corp.example:6443": {"token": "fob-canary-7f3a9c"}, "app.other.example": {}}}`,
		".aws/config":                        "[profile cloud]\nregion = x\nrole_arn = y\n",
		".aws/credentials":                   "[cloud]\naws_access_key_id = fob-canary-7f3a9c\n",
		"pip.conf":                           "[global]\nindex-url = https://git.corp.example/simple\nextra-index-url = https://me@git.corp.example/simple\n",
		".claude/settings.json":              `{"env": {"ANTHROPIC_BASE_URL": "https://git.corp.example"}}`,
		"team/settings.json":                 `{"env": {"ANTHROPIC_BASE_URL": "https://registry.team.example:5000"}}`,
		".npmrc":                             "//git.corp.example/:_authToken=fob-canary-7f3a9c\n",
	}
	for _, tc := range []struct {
		tool    string
		environ map[string]string
		want    []string
	}{
		{"terraform", map[string]string{"TF_TOKEN_git_corp_example": "fob-canary-7f3a9c"}, []string{
			"$HOME/.terraformrc:2: credentials of git.corp.example come before any helper's",
			"$HOME/.terraform.d/credentials.tfrc.json: the token of a.k8s.corp.example:6443 comes before any helper's: terraform logout a.k8s.corp.example:6443",
			"TF_TOKEN_git_corp_example is set: it comes before any helper's",
		}},
		{"aws", map[string]string{"AWS_ACCESS_KEY_ID": "k"}, []string{
			"$HOME/.aws/config:3: role_arn of profile cloud comes before fob",
			"$HOME/.aws/credentials:2: aws_access_key_id of cloud comes before fob",
			"AWS_ACCESS_KEY_ID is set: it comes before any profile that AWS_PROFILE names",
		}},
		{"pip", map[string]string{"PIP_CONFIG_FILE": "$HOME/pip.conf", "PIP_KEYRING_PROVIDER": "disabled"}, []string{
			"PIP_KEYRING_PROVIDER is set, and comes before $HOME/pip.conf",
			"$HOME/pip.conf:2: index-url names no user, and pip asks for none then: write https://oauth2@HOST/…",
		}},
		{"pnpm", nil, []string{
			"pnpm knows no patterns: *.k8s.corp.example:6443 is left out",
			"$HOME/.npmrc:1: //git.corp.example/:_authToken is set: it can come before fob",
		}},
		{"vault", map[string]string{"VAULT_TOKEN": "fob-canary-7f3a9c"}, []string{"VAULT_TOKEN is set: it comes before any helper's"}},
		{"claude", map[string]string{"ANTHROPIC_API_KEY": "k"}, []string{"ANTHROPIC_API_KEY is set: it comes before apiKeyHelper"}},
		{"claude", map[string]string{"CLAUDE_CONFIG_DIR": "$HOME/team"}, []string{"apiKeyHelper is left out: profile team does not allow raw"}},
		{"claude", map[string]string{"CLAUDE_CONFIG_DIR": "$HOME/none", "ANTHROPIC_BASE_URL": "https://git.corp.example"}, []string{
			"ANTHROPIC_BASE_URL is set in the environment: apiKeyHelper waits for it to stand in env of $HOME/none/settings.json, since it would hold without it too",
		}},
	} {
		m, home := testMachine(t, tc.environ)
		for path, text := range files {
			writeHome(t, filepath.Join(home, path), text)
		}
		p, err := m.Plan(t.Context(), Wish{Tool: tc.tool})
		if err != nil {
			t.Fatal(err)
		}
		got := slices.DeleteFunc(p.Warnings, func(w string) bool { return strings.Contains(w, "on PATH") })
		for i := range got {
			got[i] = strings.ReplaceAll(got[i], home, "$HOME")
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", tc.tool, strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
		}
	}
}

// OpenTofu reads one file of several, and looks for plugins below one directory of two: making another would hide the one that it has.
func TestTofuKeepsItsPlaces(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there it has one place")
	}
	for _, tc := range []struct {
		there, files []string
		link         string
	}{
		{nil, []string{".terraformrc"}, ".terraform.d/plugins/terraform-credentials-fob"},
		{[]string{".tofurc"}, []string{".terraformrc", ".tofurc"}, ".terraform.d/plugins/terraform-credentials-fob"},
		{[]string{"xdg/opentofu/tofurc"}, []string{"xdg/opentofu/tofurc"}, "xdg/opentofu/plugins/terraform-credentials-fob"},
		{[]string{"xdg/opentofu/tofurc", ".terraformrc", ".terraform.d/x"}, []string{".terraformrc"}, ".terraform.d/plugins/terraform-credentials-fob"},
	} {
		m, home := testMachine(t, map[string]string{"XDG_CONFIG_HOME": "$HOME/xdg"})
		for _, name := range tc.there {
			writeHome(t, filepath.Join(home, name), "")
		}
		for range 2 {
			m.granted(t, Wish{Tool: "terraform"})
		}
		for _, name := range tc.files {
			if got := content(t, filepath.Join(home, name)); !strings.Contains(got, "credentials_helper") {
				t.Errorf("with %v: %s holds %q", tc.there, name, got)
			}
		}
		if !leads(filepath.Join(home, tc.link), m.Helper) {
			t.Errorf("with %v: no link at %s", tc.there, tc.link)
		}
		states, err := m.States()
		if err != nil {
			t.Fatal(err)
		}
		for _, st := range states {
			if st.Name == "terraform" && (len(st.Files) != len(tc.files) || len(st.Links) != 1) {
				t.Errorf("with %v: %v and %v, want %v and %s", tc.there, st.Files, st.Links, tc.files, tc.link)
			}
		}
		do(t, func() (*Plan, error) { return m.PlanRemoval("terraform") })
		left := slices.DeleteFunc(below(t, home), func(p string) bool { return slices.Contains(tc.there, p) })
		if len(left) > 0 {
			t.Errorf("with %v: left behind: %v", tc.there, left)
		}
	}
}

// below are the files below a directory.
func below(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The link of a tool that passes no words says the profile, if one is wished for.
func TestAProfileIsWishedForByName(t *testing.T) {
	for tool, want := range map[string]string{
		"terraform": `args = ["--profile", "corp"]`, "bazel": "fob-bazel-corp", "vault": "fob-vault-corp", "bao": "fob-vault-corp", "kubelet": "name: fob-kubelet-corp",
	} {
		m, home := testMachine(t, nil)
		w := wishFor(tool, home)
		w.Profiles = []string{"corp"}
		m.granted(t, w)
		if got := content(t, filepath.Join(home, configured[tool].file)); !strings.Contains(got, want) || strings.Contains(got, "team") {
			t.Errorf("%s: got\n%s\nwant %s, and no team", tool, got, want)
		}
	}
}

func TestProfilesThatMustAllowAToolButDoNot(t *testing.T) {
	for tool, want := range map[string]string{
		"aws":    errNoAWS.Error(),
		"google": "nobody says where the token will go, and no profile allows google",
		"pnpm":   "nobody says where the token will go, and no profile allows raw",
	} {
		m, _ := testMachine(t, nil)
		if _, err := m.Plan(t.Context(), Wish{Tool: tool, Profiles: []string{"team"}}); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", tool, err, want)
		}
	}
}

// The kubelet is to make a pod's token for a profile that exchanges it, and for no other.
func TestAPodsTokenIsForTheProfileThatExchangesIt(t *testing.T) {
	m, home := testMachine(t, nil)
	hub, err := route.ParsePattern("index.docker.io/corp")
	if err != nil {
		t.Fatal(err)
	}
	m.Profiles = append(m.Profiles[:1], Profile{Name: "pod", Hosts: []route.Pattern{hub}, Subject: true, Issuer: "https://login.corp.example"})
	w := wishFor("kubelet", home)
	m.granted(t, w)
	golden(t, "testdata/kubelet/pod.golden", content(t, w.KubeletConfig))
	if got := below(t, w.KubeletBinDir); !slices.Equal(got, []string{"fob-kubelet" + exe, "fob-kubelet-pod" + exe}) {
		t.Errorf("linked %v", got)
	}
	m.granted(t, Wish{Tool: "kubelet"}) // as repair asks: the places are remembered
	m.Profiles[1].Issuer = ""
	if _, err := m.Plan(t.Context(), w); !errors.Is(err, errNoReader) {
		t.Errorf("without an issuer: got %v, want %v", err, errNoReader)
	}
}

func TestWhatTheKubeletCannotReadIsRefused(t *testing.T) {
	m, home := testMachine(t, nil)
	if _, err := m.Plan(t.Context(), Wish{Tool: "kubelet"}); !errors.Is(err, ErrKubeletPlaces) {
		t.Errorf("without its flags: got %v, want %v", err, ErrKubeletPlaces)
	}
	w := wishFor("kubelet", home)
	writeHome(t, w.KubeletConfig, "kind: KubeletConfiguration\n")
	if _, err := m.Plan(t.Context(), w); !errors.Is(err, errNotProviders) {
		t.Errorf("another file: got %v, want %v", err, errNotProviders)
	}
}

// MCP servers of the user and of a project get a helper if they are ours.
func TestClaudeServers(t *testing.T) {
	const text = `{
  "numStartups": 3,
  "mcpServers": {"a": {"type": "http", "url": "https://git.corp.example/mcp"}, "b": {"url": "https://mcp.other.example"}, "c": {"command": "x"}},
  "projects": {"/home/you/p": {"allowedTools": [], "mcpServers": {"d": {"url": "https://registry.team.example:5000/"}}}}
}
`
	m, home := testMachine(t, nil)
	path := filepath.Join(home, ".claude.json")
	writeHome(t, path, text)
	m.granted(t, Wish{Tool: "claude"})
	golden(t, "testdata/claude/servers.golden", elsewhere(m).Replace(content(t, path)))
	do(t, func() (*Plan, error) { return m.PlanRemoval("claude") })
	if got := content(t, path); got != text {
		t.Errorf("after unsetup: got\n%s", got)
	}
}

// Codex takes a command or a key, and would not start with both.
func TestCodexProviderWithAKeyIsLeftAlone(t *testing.T) {
	for _, key := range codexOthers {
		m, home := testMachine(t, nil)
		path := filepath.Join(home, ".codex", "config.toml")
		writeHome(t, path, "[model_providers.corp]\nbase_url = 'https://git.corp.example/v1'\n"+key+" = 'x'\n")
		_, err := m.Plan(t.Context(), Wish{Tool: "codex", Replace: true})
		if want := path + ": line 3: beside " + key + " Codex takes no program for model provider corp"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// A path with a blank is one word to those who know quotes, and refused for those who do not.
func TestAHelperWithABlankInItsPath(t *testing.T) {
	for tool, want := range map[string]error{"google": errBlank, "pnpm": errTokenHelper, "aws": nil, "bazel": nil, "vault": nil, "codex": nil} {
		m, home := testMachine(t, nil)
		m.Helper = filepath.Join(filepath.Dir(filepath.Dir(m.Helper)), "new place", "fob-helper")
		m.Data = filepath.Join(filepath.Dir(m.Data), "new place")
		if _, err := m.Plan(t.Context(), wishFor(tool, home)); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", tool, err, want)
		}
	}
	if got := commandLine("/opt/new place/fob-helper", "aws"); runtime.GOOS != "windows" && got != `/opt/new\ place/fob-helper aws` {
		t.Errorf("got %s", got)
	}
}

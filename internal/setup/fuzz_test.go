package setup

import (
	"os"
	"path/filepath"
	"testing"
)

// Whatever a file says: what setup makes of it parses and holds what was meant, and comes undone to the byte.
func fuzzFormat(f *testing.F, e entry, inputs ...string) {
	for _, tool := range inputs {
		files, err := filepath.Glob(filepath.Join("testdata", tool, "*.in"))
		if err != nil || len(files) == 0 {
			f.Fatal("no seeds for", tool)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(data))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		base, _, err := change(text, e, unset)
		if err != nil {
			return // refused
		}
		now, changes, err := change(base, e, set)
		if err != nil {
			return
		}
		if back, ok := apply(now, reverse(changes)); !ok || back != base {
			t.Errorf("undone: got %q, want %q", back, base)
		}
		if again, more, err := change(now, e, set); err != nil || len(more) > 0 {
			t.Errorf("set twice: got %q, %v, want %q", again, err, now)
		}
		if _, gone, err := change(now, e, unset); err != nil || len(gone) == 0 {
			t.Errorf("%q: unset found %d places, %v, want what set wrote", now, len(gone), err)
		}
	})
}

func FuzzGitconfig(f *testing.F) {
	fuzzFormat(f, entry{"gitconfig", []string{"credential", "https://git.corp.example"}, "helper = \nhelper = /opt/fob/fob-helper git"}, "git")
}

func FuzzGoenv(f *testing.F) {
	fuzzFormat(f, entry{"goenv", []string{"GOAUTH"}, "/opt/fob/fob-helper goauth"}, "go")
}

func FuzzJSON(f *testing.F) {
	fuzzFormat(f, entry{"json", []string{"credHelpers", "git.corp.example"}, `"fob"`}, "docker", "podman")
}

func FuzzTOML(f *testing.F) {
	fuzzFormat(f, entry{"toml", []string{"registries", "corp", "credential-provider"}, `["/opt/cargo-credential-fob"]`}, "cargo")
}

func FuzzYAMLElement(f *testing.F) {
	fuzzFormat(f, entry{"yaml", []string{"users", "fob"}, "name: fob\nuser:\n  exec:\n    args:\n    - kubernetes"}, "kubectl")
}

func FuzzYAMLString(f *testing.F) {
	fuzzFormat(f, entry{"yaml", []string{"contexts", "one", "context", "user"}, "fob\n"}, "kubectl")
}

func FuzzTOMLTop(f *testing.F) {
	fuzzFormat(f, entry{"toml", []string{"keyring-provider"}, `"subprocess"`}, "uv")
}

func FuzzYAMLTop(f *testing.F) {
	fuzzFormat(f, entry{"yaml", []string{"kind"}, "CredentialProviderConfig"}, "kubelet")
}

func FuzzHCLBlock(f *testing.F) {
	fuzzFormat(f, entry{"hcl", []string{"credentials_helper"}, "\"fob\" {\n  args = []\n}"}, "terraform")
}

func FuzzHCLValue(f *testing.F) {
	fuzzFormat(f, entry{"hcl", []string{"token_helper"}, `= "/opt/fob/fob-vault"`}, "vault")
}

func FuzzINI(f *testing.F) {
	fuzzFormat(f, entry{"ini", []string{"profile cloud", "credential_process"}, "/opt/fob/fob-helper aws --profile cloud"}, "aws", "pip")
}

func FuzzNPMRC(f *testing.F) {
	fuzzFormat(f, entry{"npmrc", []string{"", "//git.corp.example/:tokenHelper"}, "/opt/fob/fob-pnpm-corp"}, "pnpm")
}

func FuzzLines(f *testing.F) {
	fuzzFormat(f, entry{"lines", []string{"git.corp.example"}, "common --credential_helper=git.corp.example=/opt/fob/fob-bazel"}, "bazel")
}

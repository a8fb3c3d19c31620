// Package setup writes fob into the configuration of tools, and takes it out again.
//
//	m := &setup.Machine{Getenv: getenv, Helper: helper, Data: data, Profiles: profiles}
//	p, err := m.Plan(ctx, setup.Wish{Tool: "git"})
//	fmt.Print(p.Diff()) // changes nothing
//	err = p.Apply()
//
// A file keeps all that setup did not write, byte for byte. What setup did stands in a manifest, and is undone by [Machine.PlanRemoval].
package setup

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/route"
)

// Machine is where tools are set up.
type Machine struct {
	Getenv   paths.Getenv
	Helper   string // absolute path of fob-helper
	Data     string // directory of the manifest
	Profiles []Profile

	// Run runs a tool to ask it something, and returns what it prints. It is called with an absolute working directory. Nil: no tool is there to be asked.
	Run func(ctx context.Context, dir, name string, args ...string) ([]byte, error)
}

// Profile is what setup needs to know of one.
type Profile struct {
	Name     string
	Hosts    []route.Pattern
	Audience []string
	Allow    []string
	Grant    string
	Issuer   string // or its token endpoint
	Subject  bool   // it exchanges the token that came with the tool's request
}

// Wish is what somebody asks for. It is kept, so that repair can ask again.
type Wish struct {
	Tool     string   `json:"-"`
	Profiles []string `json:"profiles,omitempty"` // empty: all
	Named    []string `json:"named,omitempty"`    // profiles that were asked for by name, before or now: they come first where two have a host
	SelfHeal bool     `json:"self_heal,omitempty"`
	Replace  bool     `json:"replace,omitempty"` // what another helper has goes to ours

	KubeletConfig string `json:"kubelet_config,omitempty"`  // of its flag --image-credential-provider-config
	KubeletBinDir string `json:"kubelet_bin_dir,omitempty"` // of its flag --image-credential-provider-bin-dir
}

// tool is a program that can be set up. To add one:
//
//   - Write TOOL.go with a function of plan's type, and name it in tools below. It asks j for the hosts, reads what files say now
//     (j.text), says what they are to say (j.want), names links (j.link), and warns. It changes nothing; the engine does, and undoes.
//   - If no format here knows its files, write one in FORMAT.go and name it in formats (format.go): three methods, which find the place
//     with a parser and splice text there. The engine parses again, and compares all values but the entry's own. Name a fuzz target.
//   - Put inputs into testdata/TOOL: NAME.in is a file as people have it, NAME.golden the same after setup (go test -update). An empty one, one
//     with comments and foreign keys, one with CRLF, and one without a final newline at least. Say in configured (tools_test.go) where the file lies;
//     TestTools and TestUnsetupLeavesWhatOthersHaveWritten do the rest.
//   - Write docs/tools/TOOL.md, with its configuration and "fob setup TOOL" and "fob unsetup TOOL" in it. cmd/fob runs every command on it, in a home
//     that has the files of cmd/fob/testdata/pages/TOOL.
type tool struct {
	name string
	what string // it is, in a few words
	plan func(ctx context.Context, j *job) error
}

// tools are all there are, in the order in which they are listed.
var tools = []tool{
	{"git", "git, and what runs it", planGit},
	{"docker", "docker, and what reads its configuration", planDocker},
	{"podman", "podman, buildah, skopeo", planPodman},
	{"kubectl", "kubectl, and what reads its kubeconfig", planKubectl},
	{"go", "GOAUTH of the go command", planGo},
	{"cargo", "registries of cargo", planCargo},
	{"terraform", "terraform and tofu", planTerraform},
	{"aws", "AWS's SDKs and command line", planAWS},
	{"google", "Google's libraries", planGoogle},
	{"bazel", "bazel", planBazel},
	{"pip", "pip", planPip},
	{"uv", "uv", planUV},
	{"pnpm", "pnpm", planPnpm},
	{"vault", "vault", planVault},
	{"bao", "OpenBao", planBao},
	{"kubelet", "images of the kubelet", planKubelet},
	{"claude", "Claude Code", planClaude},
	{"codex", "Codex", planCodex},
}

// UnknownToolError is returned for a tool that setup does not know.
type UnknownToolError struct{ Name string }

func (e *UnknownToolError) Error() string {
	return "no tool " + e.Name + ": setup knows " + strings.Join(Names(), ", ")
}

// Names are the tools' names.
func Names() []string {
	var names []string
	for _, t := range tools {
		names = append(names, t.name)
	}
	return names
}

func find(name string) (tool, error) {
	for _, t := range tools {
		if t.name == name {
			return t, nil
		}
	}
	return tool{}, &UnknownToolError{name}
}

// State is what setup has done for one tool.
type State struct {
	Name, What string
	Done       bool
	Profiles   []string // empty: all
	Files      []string
	Links      []string
}

// States are those of all tools. An error is that of the manifest.
func (m *Machine) States() ([]State, error) {
	list, err := m.manifest()
	if err != nil {
		return nil, err
	}
	var states []State
	for _, t := range tools {
		st := State{Name: t.name, What: t.what}
		if r := list.Tools[t.name]; r != nil {
			st.Done, st.Profiles = true, r.Wish.Profiles
			for _, f := range r.Files {
				st.Files = append(st.Files, f.Path)
			}
			for _, l := range r.Links {
				st.Links = append(st.Links, l.Path)
			}
		}
		states = append(states, st)
	}
	return states, nil
}

// Done are the wishes that have been granted: what repair asks for again.
func (m *Machine) Done() ([]Wish, error) {
	list, err := m.manifest()
	if err != nil {
		return nil, err
	}
	var wishes []Wish
	for _, name := range slices.Sorted(maps.Keys(list.Tools)) {
		w := list.Tools[name].Wish
		w.Tool = name
		wishes = append(wishes, w)
	}
	return wishes, nil
}

// ConflictError is something else that stands where setup would write, and that is left alone.
type ConflictError struct {
	Path string
	Line int
	What string // such as "helper of https://git.corp.example"
	Has  string // the program that it names, without arguments
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s:%d: %s is %s already", e.Path, e.Line, e.What, e.Has)
}

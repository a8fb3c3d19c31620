package credhelper

import (
	"io"
	"slices"
	"strings"
)

// protocols are addresses, which the linker knows: a table of copies would be made anew at each start.
var protocols = [...]*protocol{
	&git, &docker, &kubernetes, &kubelet, &aws, &google, &keyring, &vault, &goauth, &bazel, &cargo, &terraform, &raw, &pnpm, &headers,
}

// target is what the program's name and the words before the verb say.
type target struct {
	proto   *protocol
	name    string // leads each line for people
	profile string
	args    []string // switches, the verb and what follows
}

// Words is args of a link such as docker-credential-fob-corp, or of the program itself, in the words of the latter: "docker",
// "--profile", "corp" and what follows. It is nil if args choose no protocol.
func Words(args []string) []string {
	t, err := dispatch(args)
	if err != nil {
		return nil
	}
	return t.words()
}

// Silent reports whether args choose a protocol whose tool takes what is on stderr for an answer: a program writes nothing there, then.
func Silent(args []string) bool {
	t, _ := dispatch(args)
	return t.proto != nil && t.proto.silent
}

// Protocols are the words that choose one, for a program's help.
func Protocols() []string {
	words := make([]string, len(protocols))
	for i, p := range protocols {
		words[i] = p.words[0]
	}
	return words
}

func (t *target) words() []string {
	words := []string{t.proto.words[0]}
	if t.profile != "" {
		words = append(words, "--profile", t.profile)
	}
	return append(words, t.args...)
}

// greet says what the tool waits for before it asks. Whoever takes over from here must not say it again.
func (t *target) greet(stdout io.Writer) {
	if t.proto.greeting == nil {
		return
	}
	text, rest := t.proto.greeting(t.args)
	if t.args = rest; text != "" {
		io.WriteString(stdout, text)
	}
}

// dispatch chooses the protocol by args[0], or else by the first word, and takes --profile off what follows; the flag outranks
// the suffix of args[0]. It knows no verbs.
func dispatch(args []string) (target, error) {
	if len(args) == 0 {
		return target{name: "fob"}, badRequest("no program name")
	}
	t := byName(baseName(args[0]))
	t.args = args[1:]
	if t.proto == nil {
		if len(t.args) == 0 {
			return t, badUsage(baseName(args[0]) + " " + strings.Join(Protocols(), "|") + " [--profile NAME] [VERB]")
		}
		if t.proto = byWord(t.args[0]); t.proto == nil {
			return t, badRequest("unknown protocol " + oneLine(t.args[0]) + ": want " + strings.Join(Protocols(), "|"))
		}
		t.args = t.args[1:]
	}
	return t, t.flags()
}

// byName finds the protocol that a program's name stands for. A name that stands for none leads the lines for people up to its first dash.
func byName(base string) target {
	for _, p := range protocols {
		if base == p.whole {
			return target{proto: p, name: "fob"}
		}
		if rest, ok := strings.CutPrefix(base, p.link); ok && rest != "" && p.link != "" {
			name, profile, _ := strings.Cut(rest, "-")
			return target{proto: p, name: name, profile: profile}
		}
	}
	name, rest, _ := strings.Cut(base, "-")
	word, profile, _ := strings.Cut(rest, "-")
	if p := byWord(word); p != nil {
		return target{proto: p, name: name, profile: profile}
	}
	return target{name: name}
}

func byWord(word string) *protocol {
	for _, p := range protocols {
		if slices.Contains(p.words, word) {
			return p
		}
	}
	return nil
}

// flags takes --profile NAME and --profile=NAME off the front of t.args, where the protocol's switches may stand too.
func (t *target) flags() error {
	var switches []string
	for len(t.args) > 0 {
		flag, profile, joined := strings.Cut(t.args[0], "=")
		if slices.Contains(t.proto.switches, t.args[0]) {
			switches, t.args = append(switches, t.args[0]), t.args[1:]
			continue
		}
		if flag != "--profile" {
			break
		}
		t.args = t.args[1:]
		if !joined && len(t.args) > 0 {
			profile, t.args = t.args[0], t.args[1:]
		}
		if profile == "" {
			return badRequest("--profile without a name")
		}
		t.profile = profile
	}
	t.args = append(switches, t.args...)
	return nil
}

// baseName is the last element of a path of any system, without .exe.
func baseName(path string) string {
	base := path[strings.LastIndexAny(path, `/\`)+1:]
	if i := len(base) - len(".exe"); i > 0 && strings.EqualFold(base[i:], ".exe") {
		return base[:i]
	}
	return base
}

package credhelper

import "strings"

var protocols = []protocol{git, docker, kubernetes}

// target is what the program's name and the words before the verb say.
type target struct {
	proto   *protocol
	name    string // leads each line for people
	profile string
	args    []string // the verb and what follows
}

// Words is args of a link such as docker-credential-fob-corp, or of the program itself, in the words of the latter: "docker",
// "--profile", "corp" and what follows. It is nil if args choose no protocol.
func Words(args []string) []string {
	t, err := dispatch(args)
	if err != nil {
		return nil
	}
	words := []string{t.proto.words[0]}
	if t.profile != "" {
		words = append(words, "--profile", t.profile)
	}
	return append(words, t.args...)
}

// dispatch chooses the protocol by args[0], or else by the first word, and takes --profile off what follows; the flag outranks
// the suffix of args[0]. It knows no verbs, and no other flag.
func dispatch(args []string) (target, error) {
	if len(args) == 0 {
		return target{name: "fob"}, badRequest("no program name")
	}
	t := byLink(baseName(args[0]))
	t.args = args[1:]
	if t.proto == nil {
		if len(t.args) == 0 {
			return t, badUsage(baseName(args[0]) + " " + protocolWords() + " [--profile NAME] [VERB]")
		}
		if t.proto = byWord(t.args[0]); t.proto == nil {
			return t, badRequest("unknown protocol " + oneLine(t.args[0]) + ": want " + protocolWords())
		}
		t.args = t.args[1:]
	}
	return t, t.flags()
}

// byLink finds the protocol that a program's name stands for. A name that stands for none leads the lines for people up to its first dash.
func byLink(base string) target {
	for i := range protocols {
		if rest, ok := strings.CutPrefix(base, protocols[i].link); ok && rest != "" {
			name, profile, _ := strings.Cut(rest, "-")
			return target{proto: &protocols[i], name: name, profile: profile}
		}
	}
	name, _, _ := strings.Cut(base, "-")
	return target{name: name}
}

func byWord(word string) *protocol {
	for i := range protocols {
		for _, w := range protocols[i].words {
			if w == word {
				return &protocols[i]
			}
		}
	}
	return nil
}

// flags takes --profile NAME and --profile=NAME off the front of t.args.
func (t *target) flags() error {
	for len(t.args) > 0 {
		flag, profile, joined := strings.Cut(t.args[0], "=")
		if flag != "--profile" {
			return nil
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

func protocolWords() string {
	words := make([]string, len(protocols))
	for i := range protocols {
		words[i] = protocols[i].words[0]
	}
	return strings.Join(words, "|")
}

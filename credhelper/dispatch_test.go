package credhelper_test

import (
	"strings"
	"testing"

	"github.com/fobkit/fob/credhelper"
)

func TestWordsOfALink(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"git-credential-fob get", "git get"},
		{"/usr/bin/git-credential-fob --profile corp get", "git --profile corp get"},
		{"git-credential-fob-corp-eu get", "git --profile corp-eu get"},
		{"git-credential-fob-corp --profile=home get", "git --profile home get"}, // the flag outranks the suffix
		{`C:\bin\docker-credential-acme-corp.EXE get`, "docker --profile corp get"},
		{"kubectl-fob", "kubernetes"},
		{"fob-helper kubectl --profile corp", "kubernetes --profile corp"},
		{"fob-helper docker get --profile corp", "docker get --profile corp"}, // after the verb it is no flag
		{"kubectl-fob --self-heal --profile corp get", "kubernetes --profile corp --self-heal get"},
		{"fob-docker-corp-eu get", "docker --profile corp-eu get"},
		{"fob-git get", "git get"},
		{"fob-helper", ""},
		{"fob-helper gopher get", ""},
		{"git-credential-", ""},
		{"fob git --profile", ""},
		{"fob git --profile= get", ""},
		{"", ""},
	} {
		if got := strings.Join(credhelper.Words(strings.Fields(c.args)), " "); got != c.want {
			t.Errorf("Words(%s) = %q, want %q", c.args, got, c.want)
		}
	}
}

func TestCallOutOfForm(t *testing.T) {
	words := strings.Join(credhelper.Protocols(), "|")
	for _, c := range []struct{ args, want string }{
		{"", "fob: no program name\n"},
		{"fob-helper", "fob: usage: fob-helper " + words + " [--profile NAME] [VERB]\n"},
		{"acme gopher\x1b get", "acme: unknown protocol gopher?: want " + words + "\n"},
		{"fob git --profile", "fob: --profile without a name\n"},
		{"fob git", "fob: usage: git [--profile NAME] get|store|erase|capability\n"},
		{"fob kubernetes put", "fob: usage: kubernetes [--profile NAME] [--self-heal] [get]\n"},
	} {
		r := serve(anHour(), "", nil, strings.Fields(c.args)...)
		if r.code != 2 || r.stdout.Len() != 0 || r.stderr.String() != c.want {
			t.Errorf("%q: exit status %d and %q, want 2 and %q", c.args, r.code, r.stderr.String(), c.want)
		}
	}
}

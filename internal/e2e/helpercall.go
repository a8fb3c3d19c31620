package e2e

import (
	"bytes"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/fobkit/fob"
)

// helperCall is how a tool runs fob-helper, and where it finds the token in the answer.
type helperCall struct {
	args   []string
	stdin  string
	answer *regexp.Regexp // its first group is the token
}

// helperCalls ask for the same profile's token in nine protocols. go is told of a 404: of a 401 it would want another token.
var helperCalls = []helperCall{
	{[]string{"git", "get"}, "protocol=https\nhost=git.example\n\n", regexp.MustCompile(`(?m)^password=(.+)$`)},
	{[]string{"docker", "get"}, "registry.example:5000", regexp.MustCompile(`"Secret": ?"([^"]+)"`)},
	{[]string{"kubernetes"}, "", regexp.MustCompile(`"token": ?"([^"]+)"`)},
	{[]string{"kubelet"}, `{"apiVersion":"credentialprovider.kubelet.k8s.io/v1","kind":"CredentialProviderRequest","image":"registry.example:5000/team/app"}`,
		regexp.MustCompile(`"password": ?"([^"]+)"`)},
	{[]string{"goauth", "https://git.example/team/module"}, "HTTP/1.1 404 Not Found\n\n", regexp.MustCompile(`Authorization: Bearer (\S+)`)},
	{[]string{"bazel", "get"}, `{"uri":"https://git.example/archive.tar.gz"}`, regexp.MustCompile(`"Bearer ([^"]+)"`)},
	{[]string{"cargo", "--cargo-plugin"}, `{"v":1,"kind":"get","operation":"read","registry":{"index-url":"sparse+https://git.example/index/"},"args":[]}` + "\n",
		regexp.MustCompile(`"Bearer ([^"]+)"`)},
	{[]string{"terraform", "get", "git.example"}, "", regexp.MustCompile(`"token": ?"([^"]+)"`)},
	{[]string{"keyring", "get", "https://git.example/simple/", "oauth2"}, "", regexp.MustCompile(`^(\S+)\n$`)},
}

// helperHosts are the hosts that helperCalls ask for, as a profile's hosts.
const helperHosts = `["git.example", "registry.example:5000", "cluster.example:6443"]`

// clusterInfo is what client-go tells a plugin by KUBERNETES_EXEC_INFO.
const clusterInfo = `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",` +
	`"spec":{"interactive":false,"cluster":{"server":"https://cluster.example:6443"}}}`

// ask is the token that one fob-helper gives.
func (m *machine) ask(t *testing.T) fob.Secret {
	t.Helper()
	return m.askAtOnce(t, 1)[0]
}

// askAtOnce starts n processes, of all protocols, and lets them go once all are there.
func (m *machine) askAtOnce(t *testing.T, n int) []fob.Secret {
	t.Helper()
	helpers := make([]*helperProcess, n)
	for i := range helpers {
		helpers[i] = m.startHelper(t, helperCalls[i%len(helperCalls)])
	}
	for _, h := range helpers {
		io.WriteString(h.stdin, h.call.stdin)
		h.stdin.Close()
	}
	tokens := make([]fob.Secret, n)
	for i, h := range helpers {
		tokens[i] = h.token(t)
	}
	return tokens
}

// helperProcess is a running fob-helper that may still wait for its stdin.
type helperProcess struct {
	call           helperCall
	cmd            *exec.Cmd
	stdin          io.WriteCloser
	stdout, stderr bytes.Buffer
}

func (m *machine) startHelper(t *testing.T, call helperCall) *helperProcess {
	t.Helper()
	h := &helperProcess{call: call, cmd: m.command(t, "fob-helper", call.args...)}
	h.cmd.Env = append(h.cmd.Env, "KUBERNETES_EXEC_INFO="+clusterInfo)
	h.cmd.Stdout, h.cmd.Stderr = &h.stdout, &h.stderr
	var err error
	if h.stdin, err = h.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return h
}

// token waits for h's answer. It is empty, and the test has failed, if there is none.
func (h *helperProcess) token(t *testing.T) fob.Secret {
	t.Helper()
	if err := h.cmd.Wait(); err != nil {
		t.Errorf("fob-helper %s: %v\n%s", strings.Join(h.call.args, " "), err, &h.stderr)
		return ""
	}
	found := h.call.answer.FindSubmatch(h.stdout.Bytes())
	if found == nil {
		t.Errorf("fob-helper %s answered %d bytes without a token", strings.Join(h.call.args, " "), h.stdout.Len())
		return ""
	}
	return fob.Secret(found[1])
}

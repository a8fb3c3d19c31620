package e2e

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

func TestKubectlUsesOneToken(t *testing.T) {
	need(t, "kubectl")
	w := newKubeWorld(t, kubectlVersion(t))
	for _, command := range []struct{ args, want string }{
		{"get --raw /version", `"gitVersion":"v1.32.0"`},
		{"version", "v1.32.0"},
		{"get namespaces", "default"},
	} {
		if got := w.run(t, "", "kubectl", strings.Fields(command.args)...); !strings.Contains(got, command.want) {
			t.Errorf("kubectl %s printed %q, want %q in it", command.args, got, command.want)
		}
	}
	if n := w.provider.requests(t, "/token"); n != 1 {
		t.Errorf("three kubectl commands cost %d token requests, want 1", n)
	}
}

func TestKubectlAfterARevokedTokenSucceeds(t *testing.T) {
	need(t, "kubectl")
	w := newKubeWorld(t, kubectlVersion(t))
	w.run(t, "", "kubectl", "get", "--raw", "/version")
	w.provider.revoke(t, w.client)
	w.try(t, "", "kubectl", "get", "--raw", "/version") // client-go asks again for a token, but not for /version
	w.run(t, "", "kubectl", "get", "--raw", "/version")
}

func TestClientGoSurvivesARevokedToken(t *testing.T) {
	w := newKubeWorld(t, "v1")
	version := w.clientGo(t)
	if got := version(); got != http.StatusOK {
		t.Fatalf("the first request: %d, want 200", got)
	}
	w.provider.revoke(t, w.client)
	version() // client-go asks again for a token, but not for /version
	if got := version(); got != http.StatusOK {
		t.Errorf("the request after the refused one: %d, want 200", got)
	}
}

// kubeWorld is a cluster, and a machine whose kubeconfig knows no credential for it but fob's.
type kubeWorld struct {
	*machine
	provider *provider
	client   client
}

func newKubeWorld(t *testing.T, execVersion string) kubeWorld {
	t.Helper()
	a, c := newAuthority(t), machineClient("kube-client", "client_secret_post")
	p := startProvider(t, a, c)
	server := startKubeServer(t, a, p)
	m := newMachine(t, a, fmt.Sprintf(`
[profile.cluster]
issuer = %q
client_id = %q
client_auth = "params"
client_secret = { env = "CLIENT_SECRET" }
scopes = ["code"]
hosts = [%q]
`, p.issuer, c.ID, hostOf(t, server)))
	m.env["KUBECONFIG"] = writeFile(t, filepath.Join(m.home, "kubeconfig"), kubeconfig(t, m, a, server, execVersion))
	return kubeWorld{m, p, c}
}

func kubeconfig(t *testing.T, m *machine, a *authority, server, execVersion string) []byte {
	t.Helper()
	var env []map[string]string // of the plugin: client-go in this process has not m's environment
	for name, value := range m.env {
		env = append(env, map[string]string{"name": name, "value": value})
	}
	named := func(kind string, value any) []any { return []any{map[string]any{"name": "e2e", kind: value}} }
	return asJSON(t, map[string]any{ // JSON is YAML
		"apiVersion": "v1", "kind": "Config", "current-context": "e2e",
		"contexts": named("context", map[string]string{"cluster": "e2e", "user": "e2e"}),
		"clusters": named("cluster", map[string]string{"server": server, "certificate-authority": a.caFile}),
		"users": named("user", map[string]any{"exec": map[string]any{
			"apiVersion": "client.authentication.k8s.io/" + execVersion, "command": filepath.Join(m.bin, "kubectl-fob"),
			"env": env, "interactiveMode": "Never", "provideClusterInfo": true,
		}}),
	})
}

// clientGo is a client of the Kubernetes API that lives as long as the test. Each call asks for /version and returns the status.
func (w kubeWorld) clientGo(t *testing.T) func() int {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", w.env["KUBECONFIG"])
	if err != nil {
		t.Fatal(err)
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	return func() int {
		resp, err := client.Get(config.Host + "/version")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
}

// kubectlVersion is the newest version of ExecCredential that the installed kubectl speaks: v1 came with 1.22.
func kubectlVersion(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "kubectl", "version", "--client", "--output=json").Output()
	if err != nil {
		t.Fatal(err)
	}
	minor := regexp.MustCompile(`"minor": *"(\d+)`).FindSubmatch(out)
	if minor == nil {
		t.Fatalf("kubectl tells no version: %q", out)
	}
	if n, _ := strconv.Atoi(string(minor[1])); n < 22 {
		return "v1beta1"
	}
	return "v1"
}

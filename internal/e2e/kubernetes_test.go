package e2e

import (
	"fmt"
	"net/http"
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

// client-go does not say why it runs its plugin, so fob cannot know of a 401 by itself: a person says so.
func TestKubectlSucceedsOnceTheRevokedTokenIsReplaced(t *testing.T) {
	need(t, "kubectl")
	w := newKubeWorld(t, kubectlVersion(t))
	w.run(t, "", "kubectl", "get", "--raw", "/version")
	w.provider.revoke(t, w.client)
	if r := w.try(t, "", "kubectl", "get", "--raw", "/version"); r.err == nil {
		t.Fatal("a revoked token was taken")
	}
	w.replaceToken(t)
	w.run(t, "", "kubectl", "get", "--raw", "/version")
}

func TestClientGoSurvivesARevokedToken(t *testing.T) {
	w := newKubeWorld(t, "v1")
	version := w.clientGo(t)
	if got := version(); got != http.StatusOK {
		t.Fatalf("the first request: %d, want 200", got)
	}
	w.provider.revoke(t, w.client)
	w.replaceToken(t)
	version() // refused; client-go then asks again for a token, but not for /version
	if got := version(); got != http.StatusOK {
		t.Errorf("the request after the refused one: %d, want 200", got)
	}
}

func (w kubeWorld) replaceToken(t *testing.T) {
	t.Helper()
	w.run(t, "", "fob", "token", "--for", "https://"+w.host, "--force-refresh")
}

// kubeWorld is a cluster, and a machine whose kubeconfig knows no credential for it but fob's.
type kubeWorld struct {
	*machine
	provider *provider
	client   client
	host     string // of the cluster, with its port
}

func newKubeWorld(t *testing.T, execVersion string, args ...string) kubeWorld {
	t.Helper()
	return newKubeWorldOf(t, execVersion, newKubeServer, args...)
}

// newKubeWorldOf has a cluster of the test's own, and a plugin with arguments.
func newKubeWorldOf(t *testing.T, execVersion string, api func(*provider) http.Handler, args ...string) kubeWorld {
	t.Helper()
	a, c := newAuthority(t), machineClient("kube-client", "client_secret_post")
	p := startProvider(t, a, c)
	server := a.serve(t, api(p)).URL
	m := newMachine(t, a, fmt.Sprintf(`
[profile.cluster]
issuer = %q
client_id = %q
client_auth = "params"
client_secret = { env = "CLIENT_SECRET" }
scopes = ["code"]
hosts = [%q]
`, p.issuer, c.ID, hostOf(t, server)))
	m.useKubernetes(t, a, server, execVersion, args...)
	return kubeWorld{m, p, c, hostOf(t, server)}
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

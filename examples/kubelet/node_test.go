//go:build unix

package kubelet

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/redistest"
	"go.yaml.in/yaml/v3"
)

func TestNodesShareOneToken(t *testing.T) {
	c := newCluster(t)
	one, other := c.node(t), c.node(t)
	token := one.pull(t, "registry.corp.example/team/app:1")
	for _, image := range []string{"registry.corp.example/team/app:1", "registry.corp.example/team/other:2"} {
		for _, n := range []node{one, other} {
			if got := n.pull(t, image); got != token || !c.auth.Valid(got) {
				t.Errorf("for %s a node has another token than the first", image)
			}
		}
	}
	if got := c.auth.Counts().Requests(); got != 1 {
		t.Errorf("two nodes cost %d token requests, want 1", got)
	}
}

// cluster is what the nodes have in common.
type cluster struct {
	auth   *oauthtest.Server
	source string            // of install.sh: this directory's files, fob and fob-helper
	places *strings.Replacer // of the servers that the files name
	secret map[string]string // by the name of its file in /etc/fob
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	const secret, password = "s3cret-" + oauthtest.Canary, "redis-" + oauthtest.Canary
	shared := redistest.Start(t, redistest.Options{Password: password})
	auth := oauthtest.New(t, oauthtest.OIDC(oauthtest.Client{ID: "node", Secret: secret}))
	c := &cluster{
		auth: auth, source: t.TempDir(),
		places: strings.NewReplacer("https://login.corp.example", auth.PlainURL, "rediss://redis.corp.example", "redis://"+shared.Address()),
		secret: map[string]string{"client-secret": secret, "store-password": password, "store-keys": string(redis.NewKey()) + "\n"},
	}
	for _, name := range []string{"install.sh", "config.toml", "providers.yaml"} {
		write(t, filepath.Join(c.source, name), read(t, name))
	}
	run(t, nil, nil, "go", "build", "-C", "../..", "-o", c.source, "./cmd/fob", "./cmd/fob-helper")
	return c
}

// node is a machine, as far as its kubelet runs credential providers.
type node struct {
	program string
	env     []string
}

// node installs a machine below a root of its own, and has its kubelet read providers.yaml.
func (c *cluster) node(t *testing.T) node {
	t.Helper()
	root := t.TempDir()
	run(t, nil, append(os.Environ(), "DESTDIR="+root), "sh", filepath.Join(c.source, "install.sh"))
	etc := filepath.Join(root, "etc/fob")
	for name, text := range c.secret {
		write(t, filepath.Join(etc, name), text)
	}
	config := filepath.Join(etc, "config.toml")
	write(t, config, strings.ReplaceAll(c.places.Replace(read(t, config)), "/etc/fob/", etc+"/"))

	var providers struct {
		Providers []struct {
			Name        string
			MatchImages []string `yaml:"matchImages"`
			Env         []struct{ Name, Value string }
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, filepath.Join(etc, "providers.yaml"))), &providers); err != nil || len(providers.Providers) != 1 {
		t.Fatalf("providers.yaml: %v, %d providers", err, len(providers.Providers))
	}
	p := providers.Providers[0]
	n := node{filepath.Join(root, "opt/fob/bin", p.Name), []string{"FOB_CONFIG=" + config, "FOB_LOG=" + os.Getenv("FOB_LOG")}}
	for _, e := range p.Env {
		n.env = append(n.env, e.Name+"="+filepath.Join(root, e.Value))
	}
	return n
}

// pull asks for a credential as the kubelet does.
func (n node) pull(t *testing.T, image string) fob.Secret {
	t.Helper()
	request, err := json.Marshal(map[string]string{
		"kind": "CredentialProviderRequest", "apiVersion": "credentialprovider.kubelet.k8s.io/v1", "image": image,
	})
	if err != nil {
		t.Fatal(err)
	}
	var response struct {
		Kind string
		Auth map[string]struct {
			Username string
			Password fob.Secret
		}
	}
	if err := json.Unmarshal(run(t, request, n.env, n.program), &response); err != nil || response.Kind != "CredentialProviderResponse" {
		t.Fatalf("the answer is of kind %q, %v", response.Kind, err)
	}
	return response.Auth["registry.corp.example"].Password
}

// run returns what a program printed. It inherits the test's environment if env is nil.
func run(t *testing.T, stdin []byte, env []string, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = env
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(name), err, &stderr)
	}
	return stdout.Bytes()
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

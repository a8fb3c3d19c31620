package kubelet

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	authentication "k8s.io/api/authentication/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/credentialprovider/plugin"
)

// node is a machine of a cluster. Its kubelet has one image credential provider: fob, for the registries below domain.
type node struct {
	server *oauthtest.Server
	home   string
	domain string
	log    *bytes.Buffer // the kubelet's
}

// newNode configures both sides. The kubelet's list of providers is the process's, so that name must be of one test only; profile is
// what follows the head of the profile of that name, with $TOKEN for the token endpoint. tokens are what the kubelet wants of a pod's
// service account; nil: nothing.
func newNode(t *testing.T, o oauthtest.Options, name, profile string, tokens map[string]any) *node {
	t.Helper()
	n := &node{server: oauthtest.New(t, o), home: t.TempDir(), domain: name + ".example", log: new(bytes.Buffer)}
	head := fmt.Sprintf("[profile.%s]\nhosts = [\"registry.%s\", \"registry.%s:5000\"]\n", name, n.domain, n.domain)
	endpoint := fmt.Sprintf("%q", n.server.PlainURL+"/oauth2/token")
	config := n.write(t, "fob.toml", []byte(head+os.Expand(profile, func(string) string { return endpoint })))
	bin := t.TempDir()
	for link, target := range map[string]string{"fob-kubelet-" + name: "fob-helper", "fob-helper": filepath.Join(binDir, "fob-helper"), "fob": filepath.Join(binDir, "fob")} {
		if err := os.Symlink(target, filepath.Join(bin, link)); err != nil {
			t.Fatal(err)
		}
	}
	provider := map[string]any{
		"name": "fob-kubelet-" + name, "apiVersion": "credentialprovider.kubelet.k8s.io/v1", "defaultCacheDuration": "1h",
		"matchImages": []string{"*." + n.domain, "*." + n.domain + ":5000"},
		"env": []map[string]string{
			{"name": "FOB_CONFIG", "value": config}, {"name": "FOB_STATE", "value": filepath.Join(n.home, "state")}, {"name": "HOME", "value": n.home},
		},
	}
	if tokens != nil {
		provider["tokenAttributes"] = tokens
	}
	n.register(t, bin, provider)
	n.listen(t)
	return n
}

func (n *node) register(t *testing.T, bin string, provider map[string]any) {
	t.Helper()
	config, err := json.Marshal(map[string]any{"apiVersion": "kubelet.config.k8s.io/v1", "kind": "CredentialProviderConfig", "providers": []any{provider}})
	if err != nil {
		t.Fatal(err)
	}
	if err := plugin.RegisterCredentialProviderPlugins(n.write(t, "kubelet.json", config), bin, tokenOf, account); err != nil {
		t.Fatal(err)
	}
}

// account is a service account of the cluster, and tokenOf its token: the name says all of it.
func account(namespace, name string) (*core.ServiceAccount, error) {
	return &core.ServiceAccount{ObjectMeta: meta.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID(name)}}, nil
}

func tokenOf(_, name string, _ *authentication.TokenRequest) (*authentication.TokenRequest, error) {
	return &authentication.TokenRequest{Status: authentication.TokenRequestStatus{Token: string(podToken(name))}}, nil
}

// podToken is a JWT, of which fob reads whose it is, and which only the token server could check.
func podToken(account string) fob.Secret {
	claims := fmt.Sprintf(`{"iss":"https://cluster.example","sub":"system:serviceaccount:default:%s"}`, account)
	encode := base64.RawURLEncoding.EncodeToString
	return fob.Secret(encode([]byte(`{"alg":"RS256"}`)) + "." + encode([]byte(claims)) + "." + oauthtest.Canary)
}

// listen keeps what the kubelet logs until the test ends.
func (n *node) listen(t *testing.T) {
	t.Helper()
	var flags flag.FlagSet
	klog.InitFlags(&flags)
	for name, value := range map[string]string{"logtostderr": "false", "one_output": "true", "stderrthreshold": "FATAL"} {
		if err := flags.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	klog.SetOutput(n.log)
}

// pull is what the kubelet sends to the registry of image, for a pod of account: the zero value if it knows nothing.
func (n *node) pull(image, account string) (username string, password fob.Secret) {
	auths, _ := plugin.NewExternalCredentialProviderDockerKeyring("default", "pod", "pod-uid", account).Lookup(image)
	klog.Flush()
	if len(auths) == 0 {
		return "", ""
	}
	return auths[0].Username, fob.Secret(auths[0].Password)
}

// wantToken is pull for an image that needs a good token.
func (n *node) wantToken(t *testing.T, image, account string) fob.Secret {
	t.Helper()
	username, token := n.pull(image, account)
	if username != "oauth2" || !n.server.Valid(token) {
		t.Errorf("for %s the kubelet has %q and a good token: %v; it said\n%s", image, username, n.server.Valid(token), n.log)
	}
	return token
}

// holds reports whether a file below n's home contains text.
func (n *node) holds(t *testing.T, text fob.Secret) (found bool) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(n.home), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(n.home, name))
		found = found || bytes.Contains(data, []byte(string(text)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (n *node) write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(n.home, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

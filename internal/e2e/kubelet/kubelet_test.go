package kubelet

import (
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
)

const machineProfile = `
token_endpoint = $TOKEN
client_id = "node"
client_secret = "s3cret-fob-canary-7f3a9c"
`

func machineOptions() oauthtest.Options {
	return oauthtest.Options{Clients: []oauthtest.Client{{ID: "node", Secret: "s3cret-" + oauthtest.Canary}}}
}

func TestKubeletPullsWithOneToken(t *testing.T) {
	n := newNode(t, machineOptions(), "plain", machineProfile, nil)
	for _, image := range []string{"registry.plain.example/team/app", "registry.plain.example/team/other", "registry.plain.example:5000/team/app"} {
		n.wantToken(t, image, "")
	}
	if got := n.server.Counts().Requests(); got != 1 {
		t.Errorf("three images cost %d token requests, want 1", got)
	}
}

// The kubelet itself refuses an answer that is the pod's own token.
func TestKubeletGetsATokenForEachServiceAccount(t *testing.T) {
	o := oauthtest.Options{Subjects: map[fob.Secret]string{podToken("builder"): "builder", podToken("deployer"): "deployer"}}
	n := newNode(t, o, "exchange", "token_endpoint = $TOKEN\nsubject_token = { request = true }\n", map[string]any{
		"serviceAccountTokenAudience": "fob", "cacheType": "ServiceAccount", "requireServiceAccount": true,
	})
	const image = "registry.exchange.example/team/app"
	for range 2 {
		for _, account := range []string{"builder", "deployer"} {
			if got := n.server.Whose(n.wantToken(t, image, account)); got != account {
				t.Errorf("a pod of %s pulls with a token of %q", account, got)
			}
		}
	}
	if got := n.server.Counts().Requests(); got != 2 {
		t.Errorf("two service accounts cost %d token requests, want 2", got)
	}
	if _, password := n.pull(image, "stranger"); password != "" {
		t.Error("a pod of no known service account pulls with somebody's token")
	}
	if n.holds(t, podToken("builder")) {
		t.Error("a pod's token was kept")
	}
}

func TestKubeletKeepsATokenNoLongerThanItLives(t *testing.T) {
	o := machineOptions()
	o.Life = 3 * time.Second
	n := newNode(t, o, "short", machineProfile, nil)
	const image = "registry.short.example/team/app"
	first := n.wantToken(t, image, "")
	<-time.After(o.Life) // the kubelet and fob have no clock but the real one
	if next := n.wantToken(t, image, ""); next == first {
		t.Error("the kubelet still has the token that has ended")
	}
}

func TestKubeletPullsWithoutWhatFobHasNot(t *testing.T) {
	for _, tt := range []struct {
		name, profile, image string
		said                 string // in the kubelet's log; empty: nothing at all
		requests             int
	}{
		{"unknown", machineProfile, "other.unknown.example/team/app", "", 0},
		{"person", "token_endpoint = $TOKEN\ngrant = \"refresh_token\"\nclient_id = \"node\"\nclient_secret = \"s3cret-fob-canary-7f3a9c\"\nrefresh_token = \"old-fob-canary-7f3a9c\"\n",
			"registry.person.example/team/app", "login required", 1},
		{"down", strings.Replace(machineProfile, "$TOKEN", `"http://127.0.0.1:1/token"`, 1), "registry.down.example/team/app", "connection refused", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := newNode(t, machineOptions(), tt.name, tt.profile, nil)
			if username, password := n.pull(tt.image, ""); username != "" || password != "" {
				t.Errorf("the kubelet has a credential, for %q", username)
			}
			if said := n.log.String(); !strings.Contains(said, tt.said) || tt.said == "" && said != "" || strings.Contains(said, oauthtest.Canary) {
				t.Errorf("the kubelet's log says\n%swant %q in it, and no secret", said, tt.said)
			}
			if got := n.server.Counts().Requests(); got != tt.requests {
				t.Errorf("%d token requests, want %d", got, tt.requests)
			}
		})
	}
}

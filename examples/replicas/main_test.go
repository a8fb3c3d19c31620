package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/redistest"
	"go.yaml.in/yaml/v3"
)

// deployment is what a test needs of deployment.yaml.
type deployment struct {
	Spec struct {
		Replicas int
		Template struct {
			Spec struct {
				Containers []struct{ Env []struct{ Name string } }
			}
		}
	}
}

func TestReplicasShareOneToken(t *testing.T) {
	server, urls := deploy(t)
	ask := func() {
		var all sync.WaitGroup
		for _, url := range urls {
			all.Go(func() { wantOK(t, url) })
		}
		all.Wait()
	}
	ask()
	if got := server.Counts().Requests(); got != 1 {
		t.Errorf("%d replicas cost %d token requests, want 1", len(urls), got)
	}
	server.RevokeAll() // behind everyone's back
	ask()
	if got := server.Counts().Requests(); got != 2 {
		t.Errorf("a revoked token cost %d token requests, want 1", got-1)
	}
}

// deploy runs what deployment.yaml says, against servers of the test's own, and returns where the replicas listen.
func deploy(t *testing.T) (server *oauthtest.Server, urls []string) {
	t.Helper()
	const secret, password = "s3cret-" + oauthtest.Canary, "redis-" + oauthtest.Canary
	shared := redistest.Start(t, redistest.Options{Password: password})
	server = oauthtest.New(t, oauthtest.OIDC(oauthtest.Client{ID: "report", Secret: secret}))
	values := map[string]string{
		"LISTEN":  "127.0.0.1:0",
		"API_URL": server.PlainURL + "/api", "ISSUER": server.PlainURL, "CLIENT_ID": "report", "CLIENT_SECRET": secret,
		"REDIS_URL": "redis://" + shared.Address(), "REDIS_PASSWORD": password, "REDIS_KEYS": string(redis.NewKey()),
	}
	d := manifest(t)
	var env []string
	for _, e := range d.Spec.Template.Spec.Containers[0].Env {
		env = append(env, e.Name+"="+values[e.Name])
	}
	program := filepath.Join(t.TempDir(), "replicas")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for range d.Spec.Replicas {
		urls = append(urls, start(t, program, env))
	}
	return server, urls
}

func manifest(t *testing.T) (d deployment) {
	t.Helper()
	data, err := os.ReadFile("deployment.yaml")
	if err == nil {
		err = yaml.Unmarshal(data, &d)
	}
	if err != nil || d.Spec.Replicas < 2 || len(d.Spec.Template.Spec.Containers) != 1 {
		t.Fatalf("deployment.yaml: %v, %d replicas", err, d.Spec.Replicas)
	}
	return d
}

// start runs a replica until the test ends, and then wants it to end well.
func start(t *testing.T, program string, env []string) (url string) {
	t.Helper()
	cmd := exec.Command(program)
	cmd.Env = env
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	said := bufio.NewReader(stderr)
	first, _ := said.ReadString('\n')
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		rest, _ := io.ReadAll(said)
		if err := cmd.Wait(); err != nil || len(rest) > 0 {
			t.Errorf("a replica ended with %v, and said\n%s", err, rest)
		}
	})
	_, address, ok := strings.Cut(strings.TrimSpace(first), "listening on ")
	if !ok {
		t.Fatalf("a replica does not listen: %s", first)
	}
	return "http://" + address
}

func wantOK(t *testing.T, url string) {
	resp, err := http.Get(url)
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || err != nil || !strings.Contains(string(body), "/api/today") {
		t.Errorf("got %s, %s, %v, want what the API says", resp.Status, body, err)
	}
}

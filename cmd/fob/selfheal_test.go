package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/fobkit/fob/internal/frontend/fronttest"
	"github.com/fobkit/fob/internal/paths"
)

const kubeServer = "https://blue.k8s.corp.example:6443"

// clusterMachine has a token for two clusters, which its server will not like for long.
func clusterMachine(t *testing.T) *machine {
	t.Helper()
	m := machineFor(t, `[profile.corp]
issuer = "$SERVER"
client_id = "c"
client_secret = { file = "$WORK/secret" }
hosts = ["*.k8s.corp.example:6443"]
`)
	if err := m.keep("corp", hour("access-of-corp", time.Now().Add(50*time.Minute))); err != nil {
		t.Fatal(err)
	}
	return m
}

// kubeAsk is what a process gets that asks for the token of a cluster.
func (m *machine) kubeAsk(t *testing.T, parent process, server string, flags ...string) string {
	t.Helper()
	s, _, err := m.profile("corp")
	if err != nil {
		t.Fatal(err)
	}
	h := &handler{app: &app{log: slog.New(slog.DiscardHandler)}, s: s, parent: func() (process, bool) { return parent, parent.ID != "" }}
	info := `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"cluster":{"server":"` + server + `"}}}`
	out := answered(t, h, fronttest.Call{Args: append([]string{"kubernetes"}, flags...), Env: map[string]string{"KUBERNETES_EXEC_INFO": info}})
	var answer struct{ Status struct{ Token string } }
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		t.Fatalf("no answer: %s", out)
	}
	return answer.Status.Token
}

func TestALongRunningProgramThatAsksAgainGetsAnotherToken(t *testing.T) {
	m := clusterMachine(t)
	for i, want := range []string{"access-of-corp", "access-1", "access-1", "access-1"} { // once: more than that in a minute is no news of a token
		informer := process{"7 100", time.Duration(i) * time.Hour} // it begins as young as a kubectl
		if got := m.kubeAsk(t, informer, kubeServer, "--self-heal"); got != want {
			t.Errorf("request %d was answered with %s, want %s", i+1, got, want)
		}
	}
	if n := m.server.Counts().Requests(); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}

func TestWhoeverElseAsksTwiceGetsTheSameToken(t *testing.T) {
	old := process{"7 100", time.Hour}
	for name, second := range map[string]func(m *machine) string{
		"another program":        func(m *machine) string { return m.kubeAsk(t, process{"8 100", time.Hour}, kubeServer, "--self-heal") },
		"one of the same number": func(m *machine) string { return m.kubeAsk(t, process{"7 101", time.Hour}, kubeServer, "--self-heal") },
		"for another cluster":    func(m *machine) string { return m.kubeAsk(t, old, "https://red.k8s.corp.example:6443", "--self-heal") },
		"without the flag":       func(m *machine) string { return m.kubeAsk(t, old, kubeServer) },
		"unknown by whom":        func(m *machine) string { return m.kubeAsk(t, process{}, kubeServer, "--self-heal") },
		"after a file that is damaged": func(m *machine) string {
			m.write("state/fob/told", "{")
			return m.kubeAsk(t, old, kubeServer, "--self-heal")
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := clusterMachine(t)
			m.kubeAsk(t, old, kubeServer, "--self-heal")
			if got := second(m); got != "access-of-corp" {
				t.Errorf("the second request was answered with %s, want the same as the first", got)
			}
		})
	}
}

func TestHealthyKubectlsCostNoMints(t *testing.T) {
	m := clusterMachine(t)
	for i := range 100 { // each runs its plugin twice
		kubectl := process{fmt.Sprint(i, " 200"), time.Second}
		for range 2 {
			if got := m.kubeAsk(t, kubectl, kubeServer, "--self-heal"); got != "access-of-corp" {
				t.Fatalf("answered with %s", got)
			}
		}
	}
	if n := m.server.Counts().Requests(); n != 0 {
		t.Errorf("%d token requests, want none", n)
	}
	if data, err := os.ReadFile(paths.Told(m.path("state", "fob"))); err != nil || len(data) > maxTold*200 {
		t.Errorf("%d bytes remember who was told what, error %v", len(data), err)
	}
}

func TestParentIsTheOneThatRunsUs(t *testing.T) {
	p, ok := parentProcess()
	if ok != (parentName() != "") {
		t.Fatalf("known: %v, of the name %q", ok, parentName())
	}
	if again, _ := parentProcess(); p.Age < 0 || again.ID != p.ID {
		t.Errorf("parent %q, %v old; the next time %q", p.ID, p.Age, again.ID)
	}
}

package e2e

import (
	"path/filepath"
	"testing"
)

// cluster is one of a kubeconfig, and the name of its context.
type cluster struct {
	name, server string
	audience     string // of its tokens, as the cluster's own configuration for the plugin has it; empty: it has none
}

// useKubernetes has m's kubectl, and client-go in this process, know no credential for server but fob's.
func (m *machine) useKubernetes(t *testing.T, a *authority, server, execVersion string, args ...string) {
	t.Helper()
	m.useClusters(t, a, execVersion, args, cluster{name: "e2e", server: server})
}

// useClusters is useKubernetes for several clusters with one user; args are the plugin's. The first is the current one.
func (m *machine) useClusters(t *testing.T, a *authority, execVersion string, args []string, clusters ...cluster) {
	t.Helper()
	var env []map[string]string // for the plugin: client-go in this process has not m's environment
	for name, value := range m.env {
		env = append(env, map[string]string{"name": name, "value": value})
	}
	var contexts, servers []any
	for _, c := range clusters {
		contexts = append(contexts, named(c.name, "context", map[string]string{"cluster": c.name, "user": "e2e"}))
		servers = append(servers, named(c.name, "cluster", c.config(a)))
	}
	m.env["KUBECONFIG"] = writeFile(t, filepath.Join(m.home, "kubeconfig"), asJSON(t, map[string]any{ // JSON is YAML
		"apiVersion": "v1", "kind": "Config", "current-context": clusters[0].name, "contexts": contexts, "clusters": servers,
		"users": []any{named("e2e", "user", map[string]any{"exec": map[string]any{
			"apiVersion": "client.authentication.k8s.io/" + execVersion, "command": filepath.Join(m.bin, "kubectl-fob"), "args": args,
			"env": env, "interactiveMode": "Never", "provideClusterInfo": true,
		}})},
	}))
}

func (c cluster) config(a *authority) map[string]any {
	config := map[string]any{"server": c.server, "certificate-authority": a.caFile}
	if c.audience != "" {
		config["extensions"] = []any{named("client.authentication.k8s.io/exec", "extension", map[string]string{"audience": c.audience})}
	}
	return config
}

// named is an entry of one of a kubeconfig's lists.
func named(name, kind string, value any) map[string]any {
	return map[string]any{"name": name, kind: value}
}

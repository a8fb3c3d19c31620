package credhelper

import (
	"bytes"
	"fmt"
	"time"

	"github.com/fobkit/fob/internal/jsonlite"
)

// kubernetes is the exec plugin protocol of client-go: an ExecCredential in the environment, another on stdout.
var kubernetes = protocol{
	words: []string{"kubernetes", "kubectl"}, link: "kubectl-", switches: []string{selfHeal},
	parse: parseKubernetes, render: renderKubernetes, fail: (*message).failed,
}

// selfHeal lets a second request in short order mean that the API server refused what the first one got: client-go does not say so.
const selfHeal = "--self-heal"

// The versions of ExecCredential that are alike but for the name. The answer must be of the version that was asked.
const (
	execV1      = "client.authentication.k8s.io/v1"
	execV1beta1 = "client.authentication.k8s.io/v1beta1"
)

func parseKubernetes(in *input, m *message) error {
	args := in.args
	if m.req.SelfHeal = len(args) > 0 && args[0] == selfHeal; m.req.SelfHeal {
		args = args[1:]
	}
	if len(args) > 1 || len(args) == 1 && args[0] != "get" {
		return badUsage("kubernetes [--profile NAME] [--self-heal] [get]")
	}
	m.op, m.dialect = opGet, execV1
	m.req.MinTTL, m.req.Bearer = minTTL, true
	info := in.getenv("KUBERNETES_EXEC_INFO")
	if info == "" {
		return nil // typed by a person, or by a client that leaves it out: v1, and no host
	}
	if len(info) > maxInput {
		return badRequest("over 1 MiB")
	}
	v, err := parseJSON([]byte(info))
	if err != nil {
		return err
	}
	return m.setExecInfo(v)
}

// setExecInfo reads the fields of an ExecCredential that matter here.
func (m *message) setExecInfo(v jsonlite.Value) error {
	if kind, _ := v.Get("kind").Text(); kind != "ExecCredential" {
		return badRequest("a kind other than ExecCredential")
	}
	m.dialect, _ = v.Get("apiVersion").Text()
	if m.dialect != execV1 && m.dialect != execV1beta1 {
		return badRequest("an apiVersion other than " + execV1 + " and v1beta1")
	}
	m.req.Interactive, _ = v.Get("spec", "interactive").Bool()
	cluster := v.Get("spec", "cluster")
	if cluster == nil || string(cluster) == "null" {
		return nil // without provideClusterInfo nobody says where the token will go
	}
	m.req.Audience, _ = cluster.Get("config", "audience").Text()
	m.req.Prefer, _ = cluster.Get("config", "profile").Text()
	m.req.Server, _ = cluster.Get("server").Text()
	return m.req.setURL(m.req.Server) // with its scheme: client-go may take a bare host for plain http
}

// renderKubernetes leaves expirationTimestamp out where there is none: client-go then keeps what it got until it is refused.
func renderKubernetes(m *message, a answer) ([]byte, error) {
	c := a.cred
	if c.Form == Password && c.Secret != "" {
		return nil, fmt.Errorf("a password is no bearer token: %w", ErrDenied)
	}
	if !c.isUnicode() {
		return nil, errNotUnicode
	}
	out := make([]byte, 0, 256+len(c.Secret)+2*len(c.Certificate)+2*len(c.CertificateKey)) // at once: each step on the way would cost a page of its own
	out = jsonlite.AppendString(append(out, `{"apiVersion":`...), m.dialect)
	out = append(out, `,"kind":"ExecCredential","status":{`...)
	if c.Secret != "" {
		out = append(jsonlite.AppendString(append(out, `"token":`...), string(c.Secret)), ',')
	}
	if t := c.reported(); !t.IsZero() {
		out = append(t.AppendFormat(append(out, `"expirationTimestamp":"`...), time.RFC3339), `",`...)
	}
	if c.CertificateKey != "" {
		out = append(jsonlite.AppendString(append(out, `"clientCertificateData":`...), c.Certificate), ',')
		out = append(jsonlite.AppendString(append(out, `"clientKeyData":`...), string(c.CertificateKey)), ',')
	}
	return append(bytes.TrimSuffix(out, []byte(",")), "}}\n"...), nil
}

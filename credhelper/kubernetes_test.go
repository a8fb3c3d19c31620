package credhelper_test

import (
	"testing"
	"time"

	"github.com/fobkit/fob/credhelper"
)

func TestKubernetes(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*credhelper.Credential)
		code int
		err  string
	}{
		{name: "v1"}, {name: "v1beta1"}, {name: "no-cluster"}, {name: "no-info"},
		{name: "no-expiry", edit: func(c *credhelper.Credential) { c.Expiry = time.Time{} }},
		{name: "short-life", edit: func(c *credhelper.Credential) { c.Issued = expiry.Add(-25 * time.Second) }}, // a tenth of it, and whole seconds
		{name: "certificate", edit: withCertificate},                                                            // the earlier end is the Handler's to find
		{name: "certificate-only", edit: func(c *credhelper.Credential) { *c = credhelper.Credential{}; withCertificate(c) }},
		{name: "not-found", code: 1, err: "fob: no token for other.example: no profile: not found\n"},
		{name: "password", edit: func(c *credhelper.Credential) { c.Form = credhelper.Password }, code: 4, err: "fob: no token for k8s.example.com:6443/team: a password is no bearer token: denied\n"},
		{name: "v1alpha1", code: 2, err: "fob: kubernetes request refused: an apiVersion other than client.authentication.k8s.io/v1 and v1beta1\n"},
		{name: "http", code: 2, err: "fob: no token for http://k8s.example.com: plain http to a host that is not loopback\n"},
		{name: "userinfo", code: 2, err: "fob: kubernetes request refused: a port that is not a number from 1 to 65535\n"},
	} {
		h := anHour()
		if c.edit != nil {
			c.edit(&h.cred)
		}
		r := transcript(t, "kubernetes/"+c.name, h, "kubectl-fob")
		if r.code != c.code || r.stderr.String() != c.err {
			t.Errorf("%s: exit status %d and %q, want %d and %q", c.name, r.code, r.stderr.String(), c.code, c.err)
		}
	}
}

func withCertificate(c *credhelper.Credential) {
	c.Certificate, c.CertificateKey = "-----BEGIN CERTIFICATE-----\nAA==\n", "-----BEGIN PRIVATE KEY-----\nfob-canary-7f3a9c\n"
}

func TestOnlyKubernetesGetsAKeyAlone(t *testing.T) {
	for args, stdin := range map[string]string{"git get": "protocol=https\nhost=a.example\n", "docker get": "a.example", "keyring get a.example": "", "kubelet": imageRequest("a.example/app"), "vault get": "", "raw": "", "bazel get": `{"uri":"https://a.example"}`, "goauth https://a.example": "HTTP/1.1 401 x\n\n"} {
		h := new(keeper)
		withCertificate(&h.cred)
		if r := serve(h, stdin, nil, append([]string{"fob"}, fields(args)...)...); r.code != 4 || holdsCanary(r) {
			t.Errorf("%s: exit status %d, told the key: %v; want 4 and none", args, r.code, holdsCanary(r))
		}
	}
}

func TestKubernetesRequestReachesTheHandler(t *testing.T) {
	h := anHour()
	transcript(t, "kubernetes/v1", h, "fob", "kubectl", "--profile=corp", "get")
	got := h.req
	if got.Protocol != "kubernetes" || got.Profile != "corp" || got.Origin() != "https://k8s.example.com:6443" || got.Path != "team" || got.Server != "https://k8s.example.com:6443/team" ||
		!got.Interactive || !got.Bearer || got.MinTTL != time.Minute || got.Audience != "a<b" {
		t.Errorf("the handler was asked %+v", got)
	}
	h = anHour()
	transcript(t, "kubernetes/no-cluster", h, "fob", "kubernetes")
	if h.req.Host != "" || h.req.Origin() != "" || h.req.Audience != "" {
		t.Errorf("without a cluster the handler was asked %+v, want no host", h.req)
	}
}

func TestKubernetesRefusesRequestsOutOfForm(t *testing.T) {
	const head = `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"cluster":`
	for _, info := range []string{
		"{", "null", "{}", `{"kind":"Pod","apiVersion":"client.authentication.k8s.io/v1"}`, head + "{}}}", head + `"x"}}`, head + `{"server":""}}}`, head + `{"server":1}}}`,
		head + `{"server":"https://k8s.example.com?x"}}}`, head + `{"server":"https://k8s.example.com\n"}}}`, head + `{"server":"unix:///x"}}}`,
	} {
		h := anHour()
		r := serve(h, "", map[string]string{"KUBERNETES_EXEC_INFO": info}, "kubectl-fob")
		if r.code != 2 || r.stdout.Len() != 0 || h.did != "" {
			t.Errorf("%s: exit status %d, %d bytes of answer, stderr %q; want 2 and none", info, r.code, r.stdout.Len(), r.stderr.String())
		}
	}
}

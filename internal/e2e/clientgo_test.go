package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fobkit/fob/internal/oauthtest"
)

// A healthy kubectl runs its plugin more than once, which must not pass for news of a refused token.
func TestAHundredKubectlsCostOneToken(t *testing.T) {
	need(t, "kubectl")
	w := newKubeWorld(t, kubectlVersion(t), "--self-heal")
	w.run(t, "", "kubectl", "get", "--raw", "/version")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 25 {
				if r := w.try(t, "", "kubectl", "get", "--raw", "/version"); r.err != nil {
					t.Errorf("kubectl: %v\n%s", r.err, r.stderr)
				}
			}
		})
	}
	wg.Wait()
	if n := w.provider.requests(t, "/token"); n != 1 {
		t.Errorf("a hundred kubectl commands cost %d token requests, want 1", n)
	}
}

func TestKubectlIsRefused(t *testing.T) {
	need(t, "kubectl")
	w := newSites(t, http.HandlerFunc(hello), unauthorized)
	w.refuse(t, refusals{unknown: "no profile has it among its hosts", login: "login required", down: "connection refused"}, func(t *testing.T, at *site) result {
		w.useKubernetes(t, w.authority, at.url, kubectlVersion(t))
		return w.try(t, "", "kubectl", "get", "--raw", "/version")
	})
}

func TestEachClusterGetsATokenOfItsOwnAudience(t *testing.T) {
	need(t, "kubectl")
	a := newAuthority(t)
	server := oauthtest.New(t, oauthtest.Options{Clients: []oauthtest.Client{{ID: "kube", Secret: secret}}})
	guarded := server.Protect(http.HandlerFunc(hello))
	east, west := a.serve(t, guarded).URL, a.serve(t, guarded).URL
	m := newMachine(t, a, fmt.Sprintf("[profile.kube]\ntoken_endpoint = %q\nclient_id = \"kube\"\nclient_secret = { env = \"CLIENT_SECRET\" }\nhosts = [%q, %q]\n",
		server.PlainURL+"/oauth2/token", hostOf(t, east), hostOf(t, west)))
	m.useClusters(t, a, kubectlVersion(t), nil, cluster{"east", east, "urn:east"}, cluster{"west", west, "urn:west"})
	for range 2 {
		for _, context := range []string{"east", "west"} {
			if got := m.run(t, "", "kubectl", "--context", context, "get", "--raw", "/version"); got != "hello" {
				t.Errorf("%s answered %q, want hello", context, got)
			}
		}
	}
	var audiences []string
	for _, req := range server.Requests() {
		form, _ := url.ParseQuery(string(req.Body))
		audiences = append(audiences, form.Get("audience"))
	}
	if want := []string{"urn:east", "urn:west"}; !slices.Equal(audiences, want) {
		t.Errorf("tokens were asked for %q, want %q", audiences, want)
	}
}

func TestKubectlShowsAClientCertificate(t *testing.T) {
	need(t, "kubectl")
	a := newAuthority(t)
	pool, certificate, key := newClientPair(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		fmt.Fprint(w, req.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{a.leaf}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	m := newMachine(t, a, fmt.Sprintf("[profile.cert]\ncertificate = { file = %q }\ncertificate_key = { file = %q }\nhosts = [%q]\n", certificate, key, hostOf(t, server.URL)))
	m.useKubernetes(t, a, server.URL, kubectlVersion(t))
	if got := m.run(t, "", "kubectl", "get", "--raw", "/version"); got != "alice" {
		t.Errorf("the server sees %q, want alice", got)
	}
}

// newClientPair is a certificate for alice and its key, and who vouches for it.
func newClientPair(t *testing.T) (pool *x509.CertPool, certificate, key string) {
	t.Helper()
	private, now := newKey(t), time.Now()
	self := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "alice"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der := sign(t, self, self, private, private)
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return pool, writePEM(t, "CERTIFICATE", der), writePEM(t, "PRIVATE KEY", keyDER)
}

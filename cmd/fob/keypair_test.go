package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"testing"
	"time"

	"github.com/fobkit/fob/internal/frontend/fronttest"
)

// writeKeyPair makes a client certificate that lives that long.
func (m *machine) writeKeyPair(t *testing.T, life time.Duration) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Minute), NotAfter: now.Add(life)}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, public, private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	m.write("cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	m.write("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
}

// execStatus is what client-go reads.
type execStatus struct {
	Token, ClientCertificateData, ClientKeyData string
	ExpirationTimestamp                         time.Time
}

func TestKubernetesGetsAClientCertificate(t *testing.T) {
	const pair = `certificate = { file = "$WORK/cert.pem" }
certificate_key = { file = "$WORK/key.pem" }
hosts = ["*.k8s.corp.example:6443"]
`
	token := `issuer = "$SERVER"
client_id = "c"
client_secret = { file = "$WORK/secret" }
`
	for _, c := range []struct {
		name, config, token string
		life, ends          time.Duration
	}{
		{"alone", "", "", 30 * time.Minute, 30 * time.Minute},
		{"beside a token that ends first", token, "access-of-corp", 24 * time.Hour, 50 * time.Minute},
		{"beside a token that ends later", token, "access-of-corp", 30 * time.Minute, 30 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := time.Now()
			m := machineFor(t, "[profile.corp]\n"+c.config+pair)
			m.writeKeyPair(t, c.life)
			if c.token != "" {
				if err := m.keep("corp", hour("access-of-corp", now.Add(50*time.Minute))); err != nil {
					t.Fatal(err)
				}
			}
			s, _, err := m.profile("corp")
			if err != nil {
				t.Fatal(err)
			}
			info := fmt.Sprintf(`{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"cluster":{"server":%q}}}`, kubeServer)
			h := &handler{app: &app{log: slog.New(slog.DiscardHandler)}, s: s}
			out := answered(t, h, fronttest.Call{Args: []string{"kubernetes"}, Env: map[string]string{"KUBERNETES_EXEC_INFO": info}})
			var answer struct{ Status execStatus }
			json.Unmarshal([]byte(out), &answer)
			got := answer.Status
			if got.Token != c.token || got.ClientCertificateData == "" || got.ClientKeyData == "" {
				t.Errorf("token %q, certificate %d bytes, key %d bytes", got.Token, len(got.ClientCertificateData), len(got.ClientKeyData))
			}
			if early := now.Add(c.ends).Sub(got.ExpirationTimestamp); early < 55*time.Second || early > 90*time.Second {
				t.Errorf("reported to end %v before its end, want about a minute", early)
			}
		})
	}
}

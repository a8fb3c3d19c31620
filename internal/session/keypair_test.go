package session_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/session"
)

// pair is a certificate, valid for a while from a time, and its key.
func pair(t *testing.T, from time.Time, life time.Duration) (certificate, key fob.Secret) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: from.Add(life)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, data []byte) fob.Secret {
		return fob.Secret(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}))
	}
	return block("CERTIFICATE", der), block("PRIVATE KEY", pkcs8)
}

const certified = `
	certificate = { file = "DIR/cert" }
	certificate_key = { file = "DIR/certkey" }
`

func TestCertificateIsAProfileByItself(t *testing.T) {
	now := time.Now()
	cert, key := pair(t, now.Add(-time.Hour), 2*time.Hour)
	s := user(t, oauthtest.New(t, oauthtest.Options{}), certified+`hosts = ["k8s.example:6443"]`, map[string]fob.Secret{"cert": cert, "certkey": key})
	p := mustOpen(t, s, "system", session.Wish{})
	gotCert, gotKey, notAfter, err := p.KeyPair(t.Context())
	if err != nil || !notAfter.Equal(now.Add(time.Hour).Truncate(time.Second)) {
		t.Fatalf("valid until %v, %v, want %v", notAfter, err, now.Add(time.Hour))
	}
	if _, err := tls.X509KeyPair(gotCert, []byte(gotKey)); err != nil {
		t.Error(err)
	}
	if _, err := p.Token(t.Context(), 0); err == nil || err.Error() != "profile system: grant certificate: gives no token" {
		t.Errorf("got %v, want that it gives no token", err)
	}
	if r := s.Routes().Profiles[0]; r.Record != "" || len(r.Hosts) != 1 {
		t.Errorf("the index says %v, want hosts and no record", r)
	}
}

func TestCertificateMayStandBesideAToken(t *testing.T) {
	cert, key := pair(t, time.Now().Add(-time.Hour), 2*time.Hour)
	p := mustOpen(t, user(t, oauthtest.New(t, oauthtest.Options{}), certified+`token = "x"`, map[string]fob.Secret{"cert": cert, "certkey": key}), "system", session.Wish{})
	if _, _, _, err := p.KeyPair(t.Context()); err != nil {
		t.Error(err)
	}
	mustToken(t, p)
}

func TestCertificatesThatAreNoGoodAreRefused(t *testing.T) {
	srv := oauthtest.New(t, oauthtest.Options{})
	at := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	cert, key := pair(t, time.Now().Add(-time.Hour), 2*time.Hour)
	old, oldKey := pair(t, at.Add(-time.Hour), time.Hour)
	early, earlyKey := pair(t, at.AddDate(100, 0, 0), time.Hour)
	for name, tt := range map[string]struct {
		cert, key fob.Secret
		want      string
	}{
		"expired":       {old, oldKey, "profile system: certificate: expired at 2020-01-02T03:04:05Z"},
		"not yet valid": {early, earlyKey, "profile system: certificate: not valid before 2120-01-02T03:04:05Z"},
		"another's key": {cert, oldKey, "profile system: certificate: no PEM of a certificate and the private key that belongs to it"},
		"no PEM":        {"fob-canary-7f3a9c", key, "profile system: certificate: no PEM of a certificate and the private key that belongs to it"},
		"turned round":  {key, cert, "profile system: certificate: no PEM of a certificate and the private key that belongs to it"},
	} {
		p := mustOpen(t, user(t, srv, certified, map[string]fob.Secret{"cert": tt.cert, "certkey": tt.key}), "system", session.Wish{})
		_, got, _, err := p.KeyPair(t.Context())
		var validity *session.ValidityError
		if err == nil || err.Error() != tt.want || got != "" || errors.As(err, &validity) != (tt.cert == old || tt.cert == early) || fob.OutcomeOf(err) != fob.Local {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
	p := mustOpen(t, user(t, srv, certified, nil), "system", session.Wish{})
	if _, _, _, err := p.KeyPair(t.Context()); !errors.As(err, new(*config.SecretError)) {
		t.Errorf("no file: got %v, want a SecretError", err)
	}
	p = mustOpen(t, user(t, srv, `token = "x"`, nil), "system", session.Wish{})
	if _, _, _, err := p.KeyPair(t.Context()); !errors.Is(err, session.ErrNoCertificate) {
		t.Errorf("got %v, want %v", err, session.ErrNoCertificate)
	}
}

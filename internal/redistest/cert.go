package redistest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// certify writes an authority's certificate, and one of the server's with its key. It returns the authority alone.
func (s *Server) certify() *x509.CertPool {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redistest"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "redis"},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	ca := sign(s.t, authority, authority, key)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write("ca.pem", "CERTIFICATE", ca)
	s.write("cert.pem", "CERTIFICATE", sign(s.t, server, authority, key))
	s.write("key.pem", "PRIVATE KEY", private)
	roots := x509.NewCertPool()
	parsed, err := x509.ParseCertificate(ca)
	if err != nil {
		s.t.Fatal(err)
	}
	roots.AddCert(parsed)
	return roots
}

// sign has authority, whose key is the subject's too, sign the subject's certificate.
func sign(t testing.TB, subject, authority *x509.Certificate, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, subject, authority, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func (s *Server) write(name, kind string, der []byte) {
	s.t.Helper()
	data := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(filepath.Join(s.dir, name), data, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// CAFile is where the authority's certificate lies.
func (s *Server) CAFile() string { return filepath.Join(s.dir, "ca.pem") }

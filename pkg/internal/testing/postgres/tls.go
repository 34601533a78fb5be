package postgres

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

// TLS gives the server a certificate for 127.0.0.1 and localhost from an authority of its own (Server.CAFile), and makes it refuse connections
// without TLS.
func TLS(s *Server) error {
	authority, key, err := newAuthority()
	if err != nil {
		return err
	}
	s.CAFile = filepath.Join(s.dir, "ca.pem")
	if err := os.WriteFile(s.CAFile, certificatePEM(authority.Raw), 0o644); err != nil {
		return err
	}
	if err := os.Chmod(s.dir, 0o755); err != nil { // for clients that read CAFile
		return err
	}
	if err := s.certify(authority, key); err != nil {
		return err
	}
	s.settings = append(s.settings, "ssl=on", "ssl_cert_file="+filepath.Join(s.dir, "server.pem"),
		"ssl_key_file="+filepath.Join(s.dir, "server.key"))
	return s.write(filepath.Join(s.data, "pg_hba.conf"), []byte("hostssl all all 127.0.0.1/32 scram-sha-256\n"))
}

// OtherAuthority writes the certificate of an authority that signed no server's certificate, and returns its file.
func OtherAuthority(tb testing.TB) string {
	tb.Helper()
	authority, _, err := newAuthority()
	if err != nil {
		tb.Fatal(err)
	}
	file := filepath.Join(tb.TempDir(), "other-ca.pem")
	if err := os.WriteFile(file, certificatePEM(authority.Raw), 0o644); err != nil {
		tb.Fatal(err)
	}
	return file
}

func newAuthority() (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test's authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, nil, err
	}
	authority, err := x509.ParseCertificate(der)
	return authority, key, err
}

// certify writes the server's key and certificate.
func (s *Server) certify(authority *x509.Certificate, signer *ecdsa.PrivateKey) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "a test's server"},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, authority, &key.PublicKey, signer)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := s.write(filepath.Join(s.dir, "server.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})); err != nil {
		return err
	}
	return s.write(filepath.Join(s.dir, "server.pem"), certificatePEM(der))
}

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// Package tlstest starts an https server for tests, whose authority no system trusts and which requires a client certificate. Only tests use
// it.
package tlstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Files are the paths of PEM files in a temporary directory of the test.
type Files struct {
	// CACert has the authority of the server, Cert and Key a client certificate that it accepts.
	CACert, Cert, Key string
	// OtherCert and OtherKey are a client certificate that it refuses.
	OtherCert, OtherKey string
}

// Serve starts a server on loopback that requires a client certificate and stops at the end of the test. It returns its address, https://127.0.0.1:PORT, and the files that a
// client needs.
func Serve(t testing.TB, h http.Handler) (address string, files Files) {
	t.Helper()
	dir := t.TempDir()
	files = Files{CACert: filepath.Join(dir, "ca.pem")}
	var accepted *x509.Certificate
	files.Cert, files.Key, accepted = issue(t, dir, "client")
	files.OtherCert, files.OtherKey, _ = issue(t, dir, "other")
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // errors of clients that are refused on purpose
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: x509.NewCertPool()}
	server.TLS.ClientCAs.AddCert(accepted)
	server.StartTLS()
	t.Cleanup(server.Close)
	write(t, files.CACert, "CERTIFICATE", server.Certificate().Raw)
	return server.URL, files
}

// issue creates a self-signed certificate.
func issue(t testing.TB, dir, name string) (certFile, keyFile string, cert *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	if cert, err = x509.ParseCertificate(raw); err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+"-key.pem")
	write(t, certFile, "CERTIFICATE", raw)
	write(t, keyFile, "PRIVATE KEY", secret)
	return certFile, keyFile, cert
}

func write(t testing.TB, path, kind string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
		t.Fatal(err)
	}
}

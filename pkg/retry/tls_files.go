package retry

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// TLSFiles names the PEM files from which Config sets up https. The zero value means the
// system's authorities and no client certificate. Each path comes from a flag or
// from the environment variable beside it, and errors name both.
type TLSFiles struct {
	// CACert (--cacert, SAGALAB_CACERT) holds the authorities to trust, instead of
	// the system's.
	CACert string
	// Cert (--cert, SAGALAB_CERT) and Key (--key, SAGALAB_KEY) are the certificate
	// that is shown to a service that asks for one, and its private key: both or
	// neither. One file may hold both; it is then named twice.
	Cert, Key string
}

// Absolute returns f with absolute paths, for a process with another working
// directory.
func (f TLSFiles) Absolute() (TLSFiles, error) {
	for _, path := range []*string{&f.CACert, &f.Cert, &f.Key} {
		if *path == "" {
			continue
		}
		abs, err := filepath.Abs(*path)
		if err != nil {
			return TLSFiles{}, err
		}
		*path = abs
	}
	return f, nil
}

// Config reads the files. It returns nil for the zero value, which stands for the
// defaults of crypto/tls. The error names each file that is missing or cannot be
// used, and never what is in it.
func (f TLSFiles) Config() (*tls.Config, error) {
	if f == (TLSFiles{}) {
		return nil, nil
	}
	config := new(tls.Config)
	if err := errors.Join(f.trust(config), f.identify(config)); err != nil {
		return nil, err
	}
	return config, nil
}

// trust sets the authorities.
func (f TLSFiles) trust(config *tls.Config) error {
	if f.CACert == "" {
		return nil
	}
	text, err := os.ReadFile(f.CACert)
	if err != nil {
		return fmt.Errorf("--cacert (SAGALAB_CACERT): %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(text) {
		return fmt.Errorf("--cacert (SAGALAB_CACERT): %s holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)", f.CACert)
	}
	return nil
}

// identify sets the client certificate.
func (f TLSFiles) identify(config *tls.Config) error {
	switch {
	case f.Cert == "" && f.Key == "":
		return nil
	case f.Key == "":
		return errors.New("--cert (SAGALAB_CERT) without --key (SAGALAB_KEY): give the certificate's private key, too")
	case f.Cert == "":
		return errors.New("--key (SAGALAB_KEY) without --cert (SAGALAB_CERT): give the key's certificate, too")
	}
	cert, certErr := os.ReadFile(f.Cert)
	if certErr != nil {
		certErr = fmt.Errorf("--cert (SAGALAB_CERT): %w", certErr)
	}
	key, keyErr := os.ReadFile(f.Key)
	switch {
	case keyErr != nil:
		keyErr = fmt.Errorf("--key (SAGALAB_KEY): %w", keyErr)
	case bytes.Contains(key, []byte("ENCRYPTED")):
		keyErr = fmt.Errorf("--key (SAGALAB_KEY): %s is encrypted: give a key without a passphrase", f.Key)
	}
	if err := errors.Join(certErr, keyErr); err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("--cert %s with --key %s (SAGALAB_CERT, SAGALAB_KEY): %w", f.Cert, f.Key, err)
	}
	config.Certificates = []tls.Certificate{pair}
	return nil
}

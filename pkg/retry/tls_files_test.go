package retry

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/internal/testing/tlstest"
)

// TestTLSFiles calls a server that wants a client certificate, over both
// transports.
func TestTLSFiles(t *testing.T) {
	t.Parallel()
	address, f := tlstest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s over %s", r.TLS.PeerCertificates[0].Subject.CommonName, r.Proto)
	}))
	for _, standard := range []bool{false, true} {
		for _, tt := range []struct {
			name  string
			files TLSFiles
			want  string // of the body or of the attempt
		}{
			{"all", TLSFiles{CACert: f.CACert, Cert: f.Cert, Key: f.Key}, "client over HTTP/1.1"},
			{"authority not known", TLSFiles{Cert: f.Cert, Key: f.Key}, "--cacert FILE (SAGALAB_CACERT)"},
			{"another authority", TLSFiles{CACert: f.OtherCert, Cert: f.Cert, Key: f.Key}, "--cacert FILE (SAGALAB_CACERT)"},
			{"no client certificate", TLSFiles{CACert: f.CACert}, "--cert FILE --key FILE (SAGALAB_CERT, SAGALAB_KEY)"},
			{"another client certificate", TLSFiles{CACert: f.CACert, Cert: f.OtherCert, Key: f.OtherKey}, "--cert FILE --key FILE (SAGALAB_CERT, SAGALAB_KEY)"},
		} {
			t.Run(fmt.Sprintf("%s, standard %v", tt.name, standard), func(t *testing.T) {
				t.Parallel()
				config, err := tt.files.Config()
				if err != nil {
					t.Fatal(err)
				}
				c, err := New(Config{Policy: Policy{MaxAttempts: 1, AttemptTimeout: 30 * time.Second}, TLS: config, Standard: standard})
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				a := c.Post(context.Background(), address, "", func(string) []byte { return []byte("{}") }).Last()
				if a.OK() && string(a.Body) != tt.want || !a.OK() && (a.Class != TLS || !strings.HasSuffix(a.String(), tt.want)) {
					t.Errorf("%s, class %q, body %q; want %q", a, a.Class, a.Body, tt.want)
				}
			})
		}
	}
}

func TestTLSFilesRefused(t *testing.T) {
	t.Parallel()
	_, f := tlstest.Serve(t, http.NotFoundHandler())
	at := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	empty, missing := at("empty.pem", ""), filepath.Join(t.TempDir(), "missing.pem")
	locked := at("locked.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")
	for _, tt := range []struct {
		name  string
		files TLSFiles
		want  []string
	}{
		{"no authority file", TLSFiles{CACert: missing}, []string{"--cacert", "SAGALAB_CACERT", missing}},
		{"empty authority file", TLSFiles{CACert: empty}, []string{"--cacert", empty, "no certificate in PEM form"}},
		{"a key as authority", TLSFiles{CACert: f.Key}, []string{"--cacert", "no certificate in PEM form"}},
		{"a directory", TLSFiles{CACert: t.TempDir()}, []string{"--cacert"}},
		{"certificate alone", TLSFiles{Cert: f.Cert}, []string{"--cert (SAGALAB_CERT) without --key"}},
		{"key alone", TLSFiles{Key: f.Key}, []string{"--key (SAGALAB_KEY) without --cert"}},
		{"no key file", TLSFiles{Cert: f.Cert, Key: missing}, []string{"--key", missing}},
		{"no certificate file", TLSFiles{Cert: missing, Key: f.Key}, []string{"--cert", missing}},
		{"neither file", TLSFiles{Cert: missing, Key: missing}, []string{"--cert (SAGALAB_CERT): ", "--key (SAGALAB_KEY): "}},
		{"not the certificate's key", TLSFiles{Cert: f.Cert, Key: f.OtherKey}, []string{"--cert " + f.Cert + " with --key " + f.OtherKey, "does not match"}},
		{"empty certificate", TLSFiles{Cert: empty, Key: f.Key}, []string{"--cert " + empty}},
		{"empty key", TLSFiles{Cert: f.Cert, Key: empty}, []string{"--key " + empty}},
		{"exchanged", TLSFiles{Cert: f.Key, Key: f.Cert}, []string{"--cert " + f.Key}},
		{"a key with a passphrase", TLSFiles{Cert: f.Cert, Key: locked}, []string{"--key", locked, "passphrase"}},
		{"two faults", TLSFiles{CACert: missing, Cert: f.Cert}, []string{"--cacert", "without --key"}},
	} {
		config, err := tt.files.Config()
		if err == nil || config != nil {
			t.Errorf("%s: Config = %v, %v; want an error alone", tt.name, config, err)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not say %q", tt.name, err, want)
			}
		}
	}
	if config, err := (TLSFiles{}).Config(); config != nil || err != nil {
		t.Errorf("no files: Config = %v, %v; want nil, nil", config, err)
	}
}

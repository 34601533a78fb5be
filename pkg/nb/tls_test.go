package nb

import (
	"net/http"
	"strings"
	"testing"

	"sagalab/pkg/internal/testing/tlstest"
)

// TestCellsOverTLS takes the files for https from the environment, as cells do.
func TestCellsOverTLS(t *testing.T) {
	l, text, _ := cells(t, confirm)
	address, files := tlstest.Serve(t, http.HandlerFunc(confirm))
	l.API = address
	t.Setenv("SAGALAB_CACERT", files.CACert)
	t.Setenv("SAGALAB_CERT", files.Cert)
	t.Setenv("SAGALAB_KEY", files.OtherKey)
	if err := l.setup(); err == nil || !strings.Contains(err.Error(), "SAGALAB_KEY") {
		t.Fatalf("set-up with another certificate's key: %v; want an error that names SAGALAB_KEY", err)
	}
	t.Setenv("SAGALAB_KEY", files.Key)
	for _, cell := range []func() error{l.setup, l.checkConnectivity, func() error { return l.runCase("normal", order) }} {
		if err := cell(); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(text.String(), "Case=normal success=true") {
		t.Errorf("the cells said %q, want a purchase", text)
	}
}

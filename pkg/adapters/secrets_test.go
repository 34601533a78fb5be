package adapters

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sagalab/pkg/purchase"
)

// TestProblemsHaveNoSecrets: a text with a variable is shown as it stands in the file.
func TestProblemsHaveNoSecrets(t *testing.T) {
	for _, body := range []string{`  json: '{"token":"{{.Var.token}}" "a":1}'`, "  type: application/json\n  body: '{\"token\":{{.Var.token}} 1}'"} {
		_, err := Parse("shop.yaml", []byte(with("  send: POST /x\n"+body+"\n")), map[string]string{"token": "s3cr3t-T0ken"})
		if err == nil || strings.Contains(err.Error(), "s3cr") || !strings.Contains(err.Error(), "{{.Var.token}}") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestSecretsOfCredentials: what a service may echo of a header is a secret, too, such as the
// password in the base64 of a variable.
func TestSecretsOfCredentials(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte("shop:hunter2-and-3"))
	file := parse(t, "header: {Authorization: \"Basic {{.Var.basic}}\"}\n"+with("  send: POST /x\n"), map[string]string{"basic": encoded})
	c := clientAt(t, file, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "wrong password hunter2-and-3 of shop", http.StatusUnauthorized)
	})
	if r := c.Purchase(t.Context(), purchase.Request{UserID: 1, ProductID: 1, Quantity: 1}); strings.Contains(r.Message(), "hunter2") {
		t.Errorf("the message is %q", r.Message())
	}
}

// clientAt returns a client by a file of a service that a handler is.
func clientAt(t *testing.T, file *File, h http.HandlerFunc) *purchase.Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return clientOfURL(t, server.URL, file)
}

// TestSecretHeaders: a literal in a header that carries secrets is refused, because the file is
// stored with each run.
func TestSecretHeaders(t *testing.T) {
	for name, refused := range map[string]bool{"Authorization": true, "X-Shop-Access-Token": true, "api-key": true, "X-Client-Secret": true, "Cookie": true, "X-Tenant": false, "Idempotency-Key": false} {
		_, err := Parse("shop.yaml", []byte("header: {"+name+": literal}\n"+with("  send: POST /x\n")), nil)
		if is := err != nil && strings.Contains(err.Error(), "{{.Var.NAME}}"); is != refused {
			t.Errorf("%s: refused: %v, want %v: %v", name, is, refused, err)
		}
	}
}

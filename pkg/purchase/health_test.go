package purchase

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"sagalab/pkg/retry"
)

// TestHealth: what a service declares of its reads, and answers that declare nothing.
func TestHealth(t *testing.T) {
	for _, tt := range []struct {
		status   int
		body     string
		lag      time.Duration
		declared bool
		wrong    bool
	}{
		{200, `{"status":"ok"}`, 0, false, false},
		{200, `{"status":"ok","reads_lag_ms":0}`, 0, true, false},
		{200, `{"status":"ok","reads_lag_ms":800,"colour":"red"}`, 800 * time.Millisecond, true, false},
		{200, `{"status":"ok","reads_lag_ms":86400000}`, 24 * time.Hour, true, false},
		{200, `{"status":"ok","reads_lag_ms":86400001}`, 0, false, true},
		{200, `{"status":"ok","reads_lag_ms":-1}`, 0, false, true},
		{200, `{"status":"ok","reads_lag_ms":"soon"}`, 0, false, true},
		{200, `OK`, 0, false, true},
		{204, ``, 0, false, true},
		{404, ``, 0, false, true},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(tt.status)
			w.Write([]byte(tt.body))
		}))
		e, err := ParseEndpoint(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		sender, err := retry.New(retry.Config{Policy: retry.Default()})
		if err != nil {
			t.Fatal(err)
		}
		h, err := NewClient(e, sender).Health(t.Context())
		lag, declared := h.ReadsLag()
		if lag != tt.lag || declared != tt.declared || (err != nil) != tt.wrong {
			t.Errorf("%d %s: lag %v, declared %v, error %v; want %v, %v, an error: %v", tt.status, tt.body, lag, declared, err, tt.lag, tt.declared, tt.wrong)
		}
		sender.Close()
		server.Close()
	}
}

package nb

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// TestAuditAsksAgain under keys of the run: by default only where this program started the
// service, and elsewhere it says first what that may do.
func TestAuditAsksAgain(t *testing.T) {
	for _, tt := range []struct {
		name  string
		own   bool
		again int
		want  int
		says  bool
	}{
		{"a service of another", false, 0, 0, false},
		{"a service of another, on request", false, 3, 3, true},
		{"a service of another, one purchase", false, 1, 1, true},
		{"a service that was started for the notebook", true, 0, 20, false},
		{"the same, with another number", true, 4, 4, false},
		{"the same, switched off", true, -1, 0, false},
	} {
		var mu sync.Mutex
		asked := map[string]int{}
		l, text, server := cells(t, func(w http.ResponseWriter, r *http.Request) {
			key := r.Header.Get("Idempotency-Key")
			mu.Lock()
			asked[key]++
			mu.Unlock()
			w.Write([]byte(`{"order_id":"o-` + key + `"}`))
		})
		t.Setenv(ownServiceVariable, "")
		if tt.own {
			t.Setenv(ownServiceVariable, server.URL)
		}
		l.AskAgain = tt.again
		for _, cell := range []func() error{l.setup, l.checkConnectivity, func() error { return l.load(load.Stage{Name: "light", Requests: 30, VUs: 3}, order, nil) }} {
			if err := cell(); err != nil {
				t.Fatal(err)
			}
		}
		text.Reset()
		if _, err := l.audit(); err != nil {
			t.Fatal(err)
		}
		twice := 0
		for _, n := range asked {
			twice += n - 1
		}
		if says := strings.Contains(text.String(), "Asking again under up to "+counted(tt.want, "key")+" at"); len(asked) != 30 || twice != tt.want || says != tt.says {
			t.Errorf("%s: %d keys, asked again %d times, said %q; want 30, %d, a warning: %v", tt.name, len(asked), twice, text, tt.want, tt.says)
		}
	}
}

// TestSoleClient: who may say that nothing else uses a service.
func TestSoleClient(t *testing.T) {
	here, err := purchase.ParseEndpoint("http://127.0.0.1:8000")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		lab      Lab
		variable string
		want     bool
	}{
		{Lab{}, "", false},
		{Lab{SoleClient: true}, "", true},
		{Lab{}, "http://127.0.0.1:8000", true},
		{Lab{}, "http://127.0.0.1:8000/purchase", true},
		{Lab{}, "http://127.0.0.1:9000", false},
		{Lab{}, "yes", false},
	} {
		t.Setenv(soleClientVariable, tt.variable)
		if got := tt.lab.isSoleClient(here); got != tt.want {
			t.Errorf("%+v with %q: sole client %v, want %v", tt.lab, tt.variable, got, tt.want)
		}
	}
}

// keylessShop is a service of the contract that takes no keys.
type keylessShop struct{ purchase.Contract }

func (keylessShop) Offers() purchase.Offers { return purchase.Offers{Health: true} }

// TestAuditThatMayNotAskAgain does not say that it asks again.
func TestAuditThatMayNotAskAgain(t *testing.T) {
	l, text, _ := cells(t, confirm)
	l.AskAgain, l.Adapter = 3, keylessShop{}
	for _, cell := range []func() error{l.setup, l.checkConnectivity, func() error { return l.load(load.Stage{Name: "light", Requests: 5, VUs: 1}, order, nil) }} {
		if err := cell(); err != nil {
			t.Fatal(err)
		}
	}
	text.Reset()
	report, err := l.audit()
	if err != nil {
		t.Fatal(err)
	}
	if v := report.Verdict("K5"); strings.Contains(text.String(), "Asking again") || !strings.Contains(v.Reason, "sends no keys") {
		t.Errorf("said %q; K5: %s", text, v.Reason)
	}
}

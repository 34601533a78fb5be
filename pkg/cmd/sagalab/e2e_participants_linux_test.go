package main

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// participantOf returns the process id of a participant of a service, once it runs.
func participantOf(t *testing.T, s *e2e.Serving, name string, not int) int {
	t.Helper()
	for t.Context().Err() == nil {
		for pid, line := range s.Family() {
			if pid != not && strings.Contains(line, "--participant "+name+" ") {
				return pid
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("there is no process of the %s", name)
	return 0
}

// TestServeParticipants runs stock and payments as processes of their own and kills each of the
// three under load, the service itself at last; it is started again on the same files. In the end
// every purchase is confirmed once, every piece and all money is where it belongs, and SIGTERM
// leaves no process behind.
func TestServeParticipants(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "shop.db")
	address := e2e.FreePort(t)
	start := func() *e2e.Serving {
		p := e2e.Command(t, "serve", "--lab", "--participants", "http", "--addr", address, "--participant-timeout", "500ms", "--db", db)
		return p.Serve(t)
	}
	s := start()
	endpoint, err := purchase.ParseEndpoint(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	client, release, err := observe.NewClient(endpoint, nil, retry.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	plenty := purchase.Plenty()
	if err := client.SetFixture(t.Context(), plenty); err != nil {
		t.Fatal(err)
	}
	const purchases = 300
	var next, confirmed atomic.Int64
	var clients sync.WaitGroup
	first, third := s, make(chan struct{})
	for range 8 {
		clients.Go(func() {
			for i := next.Add(1); i <= purchases; i = next.Add(1) {
				if err := buyUntilAnswered(t.Context(), []*e2e.Serving{first}, fmt.Sprint("key ", i)); err != nil {
					t.Errorf("purchase %d: %v", i, err)
				}
				switch confirmed.Add(1) {
				case purchases / 4:
					killParticipant(t, participantOf(t, first, "payments", 0))
				case purchases / 2:
					killParticipant(t, participantOf(t, first, "stock", 0))
				case 3 * purchases / 4:
					close(third)
				}
			}
		})
	}
	<-third
	first.End(syscall.SIGKILL)
	s = start()
	clients.Wait()
	for _, name := range []string{"payments", "stock"} {
		if want := "Participant " + name + " ended (signal: killed); it is started again on http://127.0.0.1:"; !strings.Contains(first.Log.String(), want) {
			t.Errorf("sagalab serve says\n%s\nwant it to say %q", first.Log, want)
		}
	}
	checkAllConfirmed(t, client, plenty, purchases)
	if code := s.End(syscall.SIGTERM); code != 0 {
		t.Errorf("sagalab serve ended with status %d, want 0\n%s", code, s.Log)
	}
	s.CheckNothingLeft(t)
	first.CheckNothingLeft(t)
}

func killParticipant(t *testing.T, pid int) {
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("killing process %d: %v", pid, err)
	}
}

// checkAllConfirmed wants so many purchases of one piece by user 1, all of them confirmed and paid
// once.
func checkAllConfirmed(t *testing.T, client *purchase.Client, f purchase.Fixture, purchases int) {
	t.Helper()
	orders, err := client.Orders(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range orders.Orders {
		if o.Status != purchase.Confirmed || len(o.Steps) != 3 {
			t.Errorf("order %s is %s with steps %+v, want it confirmed with 3", o.OrderID, o.Status, o.Steps)
		}
	}
	ledger, err := client.Ledger(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	product, err := client.Product(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	user, err := client.User(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	n := int64(purchases)
	if len(orders.Orders) != purchases || len(ledger.Entries) != purchases || product.Reserved != 0 ||
		product.Stock != f.Products[0].Stock-n || user.Balance != f.Users[0].Balance-n*f.Products[0].Price {
		t.Errorf("there are %d orders, %d entries, product %+v and user %+v, want %d of each sold and paid", len(orders.Orders), len(ledger.Entries), product, user, purchases)
	}
}

// TestServeBehindProxy: sagas find a participant at the URL that is given, and nothing else goes
// there.
func TestServeBehindProxy(t *testing.T) {
	t.Parallel()
	address, proxy := e2e.FreePort(t), e2e.FreePort(t)
	var seen atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1); r.URL.Path != "/charge" || r.Header.Get("Idempotency-Key") != "k" || r.Header.Get("Saga-Order") == "" ||
			r.Header.Get("Saga-Step") != "charge_payment" || r.Header.Get("Saga-Attempt") != fmt.Sprint(seen.Load()) {
			t.Errorf("the proxy sees %s with %v", r.URL, r.Header)
		}
		if seen.Load() == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		req, err := http.NewRequest(r.Method, "http://"+address+r.URL.Path, r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		req.Header = r.Header.Clone()
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		var text bytes.Buffer
		text.ReadFrom(resp.Body)
		w.WriteHeader(resp.StatusCode)
		w.Write(text.Bytes())
	})
	srv := &http.Server{Addr: proxy, Handler: mux}
	go srv.ListenAndServe()
	defer srv.Close()
	s := e2e.StartServing(t, "", "--lab", "--participants", "http", "--payments-addr", address, "--payments-url", "http://"+proxy, "--participant-retry", "5ms")
	if err := buyUntilAnswered(t.Context(), []*e2e.Serving{s}, "k"); err != nil {
		t.Error(err)
	}
	if resp, err := http.Get(s.URL + "/ledger"); err != nil || resp.StatusCode != 200 {
		t.Errorf("GET /ledger: %v, %v", resp, err)
	}
	if n := seen.Load(); n != 2 {
		t.Errorf("the proxy saw %d requests, want 2", n)
	}
	if code := s.End(syscall.SIGTERM); code != 0 {
		t.Errorf("sagalab serve ended with status %d, want 0\n%s", code, s.Log)
	}
	s.CheckNothingLeft(t)
}

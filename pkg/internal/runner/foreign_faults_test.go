package runner

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// formAdapter is the adapter of formService: a purchase is PUT /api/orders/x with a form, in
// which the key is.
type formAdapter struct{}

func (formAdapter) Request(c purchase.Call) (retry.Request, error) {
	r := retry.PostForm("/api/orders/x", url.Values{"item": {fmt.Sprint(c.Purchase.ProductID)}, "dedup": {c.Key}})
	r.Method = http.MethodPut
	return r.With("X-Attempt", fmt.Sprint(c.Attempt)), nil
}

func (formAdapter) Read(_ purchase.Call, a retry.Attempt) purchase.Answer {
	id, bought := strings.CutPrefix(string(a.Body), "bought ")
	if a.Status != http.StatusOK || !bought {
		return purchase.Answer{}
	}
	return purchase.Answer{Meaning: purchase.MeansConfirmed, OrderID: id}
}

// formService does each key once.
type formService struct {
	mu     sync.Mutex
	asked  map[string]int // by key: how many deliveries
	others []string       // what else it was asked, and headers that it must not see
}

func (f *formService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	form, err := url.ParseQuery(string(body))
	f.mu.Lock()
	defer f.mu.Unlock()
	isPurchase := r.Method == http.MethodPut && r.URL.Path == "/api/orders/x" && err == nil && form.Get("item") == "1" && r.Header.Get("X-Attempt") != ""
	if _, marked := r.Header[fault.AttemptHeader]; marked || !isPurchase {
		f.others = append(f.others, fmt.Sprint(r.Method, " ", r.RequestURI, " ", r.Header, " ", string(body)))
	}
	f.asked[form.Get("dedup")]++
	io.WriteString(w, "bought "+form.Get("dedup"))
}

// deliveries returns how many purchases the service saw, and how often in all.
func (f *formService) deliveries() (purchases, all int) {
	for _, n := range f.asked {
		all += n
	}
	return len(f.asked), all
}

// TestTrialOfAForeignService does each fault of requests to a part of the purchases of a
// service whose purchase is no POST /purchase: faults meet all attempts and are done to some,
// all purchases end well under retries, and the service sees nothing of the proxy.
func TestTrialOfAForeignService(t *testing.T) {
	drops := func(attempts, taken int) int { return attempts - taken }
	all := func(attempts, _ int) int { return attempts }
	for _, tt := range []struct {
		window   fault.Window
		retried  bool                          // whether the client tries again what was taken
		delivers func(attempts, taken int) int // to the service
	}{
		{fault.Window{Fault: fault.Unavailable}, true, drops},
		{fault.Window{Fault: fault.Slow, Delay: time.Millisecond}, false, all},
		{fault.Window{Fault: fault.DropRequest}, true, drops},
		{fault.Window{Fault: fault.DropReply}, true, all},
		{fault.Window{Fault: fault.ResetRequest}, true, drops},
		{fault.Window{Fault: fault.ResetReply}, true, all},
		{fault.Window{Fault: fault.Hang, Delay: time.Millisecond}, true, drops},
		{fault.Window{Fault: fault.HangReply, Delay: time.Millisecond}, true, all},
		{fault.Window{Fault: fault.Duplicate}, false, func(attempts, taken int) int { return attempts + taken }},
	} {
		t.Run(string(tt.window.Fault), func(t *testing.T) {
			service := &formService{asked: map[string]int{}}
			run, to, _ := setup(t, service.ServeHTTP)
			to.Adapter, to.Config.Policy.MaxAttempts, to.Config.Policy.AttemptTimeout, to.Seed = formAdapter{}, 20, time.Minute, 3
			tt.window.To, tt.window.Probability = time.Hour, .4
			counts, _, err := Trial{
				Load:   Load{Stage: load.Stage{Name: "s", Requests: 40, VUs: 4}, Buyers: order},
				Faults: fault.Plan{Seed: 7, Windows: []fault.Window{tt.window}},
			}.Run(t.Context(), run, to, nil)
			if err != nil {
				t.Fatal(err)
			}
			attempts, taken := len(recorded(t, run).Attempts), counts.Faults[tt.window.Fault]
			for _, op := range recorded(t, run).Operations {
				if op.Outcome != purchase.OK {
					t.Errorf("operation %d is %s for %q, want ok", op.Index, op.Outcome, op.Reason)
				}
			}
			wantAttempts := 40
			if tt.retried {
				wantAttempts += taken
			}
			if w := counts.Windows[0]; taken == 0 || w.Taken != taken || w.Met != attempts || counts.Requests != attempts || attempts != wantAttempts {
				t.Errorf("%d attempts, %+v; want that the window met all of them, took some, and %d attempts", attempts, counts, wantAttempts)
			}
			purchases, deliveries := service.deliveries()
			if purchases != 40 || deliveries != tt.delivers(attempts, taken) {
				t.Errorf("the service saw %d purchases in %d requests, want 40 in %d", purchases, deliveries, tt.delivers(attempts, taken))
			}
			if len(service.others) > 0 {
				t.Errorf("the service saw %d requests that are no purchase, or have the mark, such as %s", len(service.others), service.others[0])
			}
		})
	}
}

// TestNoMarkWithoutFaultsOfRequests sends purchases of a foreign service with no faults, and
// with one of connections: it gets them as its adapter makes them.
func TestNoMarkWithoutFaultsOfRequests(t *testing.T) {
	for name, windows := range map[string][]fault.Window{
		"no faults": nil,
		"wire_down": {{To: 50 * time.Millisecond, Fault: fault.WireDown, Probability: 1}},
	} {
		service := &formService{asked: map[string]int{}}
		run, to, _ := setup(t, service.ServeHTTP)
		to.Adapter, to.Config.Policy.MaxAttempts, to.Config.Policy.Backoff = formAdapter{}, 100, retry.Fixed(50*time.Millisecond)
		counts, _, err := Trial{
			Load:   Load{Stage: load.Stage{Name: "s", Requests: 40, VUs: 4}, Buyers: order},
			Faults: fault.Plan{Windows: windows},
		}.Run(t.Context(), run, to, nil)
		if err != nil {
			t.Fatal(err)
		}
		if purchases, deliveries := service.deliveries(); purchases != 40 || deliveries < 40 || len(service.others) > 0 {
			t.Errorf("%s: the service saw %d purchases in %d requests, and %q; want 40 and nothing else", name, purchases, deliveries, service.others)
		}
		if through := counts.Requests > 0; through != (windows != nil) {
			t.Errorf("%s: the proxy counted %d requests", name, counts.Requests)
		}
	}
}

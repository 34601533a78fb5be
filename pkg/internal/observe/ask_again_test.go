package observe

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// mixed is a stage with purchases of every kind, per of each: confirmed, refused, in
// progress, unclear with an order in the state and without one, turned away, not sent, bad
// input, and a key for two payloads.
func mixed(per int, begun time.Time) (stages []runs.Stage, state *audit.State) {
	s := runs.Stage{Info: runs.Info{Stage: "mixed", Kind: runs.Load, Seed: 7, Started: begun}}
	state = &audit.State{}
	add := func(kind string, meanings ...string) {
		i := int64(len(s.Operations))
		key := fmt.Sprintf("%s-%d", kind, i)
		s.Operations = append(s.Operations, runs.Operation{Stage: "mixed", Index: i, Key: key, UserID: 1, ProductID: 1, Quantity: 1 + i, PaymentMethodID: 1})
		for n, m := range meanings {
			s.Attempts = append(s.Attempts, runs.Attempt{Stage: "mixed", Index: i, Number: int64(n + 1), Key: key, StartTS: begun, Sent: m != "not_sent", Meaning: m})
		}
		if kind == "confirmed" || kind == "refused" || kind == "unclear" {
			state.Orders = append(state.Orders, purchase.Order{OrderID: "o" + key, IdempotencyKey: key, Status: purchase.Confirmed})
		}
	}
	for range per {
		add("confirmed", "unclear", "confirmed")
		add("refused", "no_stock")
		add("progress", "in_progress")
		add("unclear", "unclear", "turned_away")
		add("lost", "unclear")
		add("turned-away", "turned_away", "not_sent")
		add("not-sent", "not_sent")
		add("bad", "invalid")
		add("reused", "key_reused")
	}
	twice := s.Operations[0]
	twice.Index, twice.Quantity = int64(len(s.Operations)), 99
	s.Operations = append(s.Operations, twice)
	return []runs.Stage{s}, state
}

// kinds counts drawn purchases by their kind.
func kinds(list []purchase.Request) map[string]int {
	count := map[string]int{}
	for _, r := range list {
		kind, _, _ := strings.Cut(r.IdempotencyKey, "-")
		count[kind]++
	}
	return count
}

func TestSampleOfWhatIsAskedAgain(t *testing.T) {
	now := time.Now()
	stages, state := mixed(50, now)
	e := &audit.Evidence{Stages: stages, After: state}
	chosen, err := drawRepeats(e, 20, now)
	if got := kinds(chosen); err != nil || len(chosen) != 20 || got["confirmed"] != 5 || got["refused"] != 5 || got["progress"] != 5 || got["unclear"] != 5 {
		t.Errorf("drawn %v, %v; want 5 of each kind that the service has to remember", got, err)
	}
	again, _ := drawRepeats(e, 20, now)
	if !slices.Equal(chosen, again) {
		t.Error("the same run gives another sample")
	}
	stages[0].Seed++
	if other, _ := drawRepeats(e, 20, now); slices.Equal(chosen, other) {
		t.Error("another seed gives the same sample")
	}
	all, err := drawRepeats(e, 1000, now)
	if got := kinds(all); err != nil || len(all) != 199 || got["confirmed"] != 49 || len(got) != 4 {
		t.Errorf("all that may be asked for are %d, %v, %v; want 199, without the key of two payloads", len(all), got, err)
	}
	for _, r := range chosen {
		if i := slices.IndexFunc(stages[0].Operations, func(o runs.Operation) bool { return o.Key == r.IdempotencyKey }); stages[0].Operations[i].Quantity != r.Quantity {
			t.Errorf("key %s is asked for with quantity %d, want its own %d", r.IdempotencyKey, r.Quantity, stages[0].Operations[i].Quantity)
		}
	}
	if none, err := drawRepeats(&audit.Evidence{Stages: stages[:0]}, 20, now); len(none) != 0 || err != nil {
		t.Errorf("of nothing %v, %v are drawn", none, err)
	}
}

func TestWhatIsNotAskedAgain(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		name   string
		change func(stages []runs.Stage, state *audit.State) time.Time
		why    string
	}{
		{"a day later", func([]runs.Stage, *audit.State) time.Time { return now.Add(24*time.Hour + time.Second) }, "older than 24h0m0s"},
		{"without payloads", func(s []runs.Stage, _ *audit.State) time.Time {
			for i := range s[0].Operations {
				s[0].Operations[i].ProductID = 0
			}
			return now
		}, "payloads of this run are not recorded"},
		{"after a reset", func(_ []runs.Stage, s *audit.State) time.Time {
			s.Orders = []purchase.Order{{OrderID: "x", IdempotencyKey: "of another run"}}
			return now
		}, "none of the 2 confirmed purchases is in the state"},
	} {
		stages, state := mixed(3, now)
		at := tt.change(stages, state)
		if list, err := drawRepeats(&audit.Evidence{Stages: stages, After: state}, 20, at); !errors.Is(err, ErrNotAskedAgain) || !strings.Contains(err.Error(), tt.why) || list != nil {
			t.Errorf("%s: drawn %v, %v; want none because %q", tt.name, list, err, tt.why)
		}
	}
}

// remembering is a service that answers each key as told, and counts what it was asked.
type remembering struct {
	mu     sync.Mutex
	asked  map[string][]string
	answer func(key string, n int) (int, string)
}

func (s *remembering) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	key := r.Header.Get("Idempotency-Key")
	s.mu.Lock()
	s.asked[key] = append(s.asked[key], string(body))
	status, text := s.answer(key, len(s.asked[key]))
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, text)
}

func TestAskAgain(t *testing.T) {
	run, err := runs.Store{Dir: t.TempDir()}.Create("t", "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	service := &remembering{asked: map[string][]string{}, answer: func(key string, n int) (int, string) {
		switch kind, _, _ := strings.Cut(key, "-"); {
		case kind == "confirmed":
			return 200, `{"order_id":"o` + key + `"}`
		case kind == "refused":
			return 409, `{"code":"out_of_stock","detail":"no"}`
		case kind == "progress" && n < 3:
			return 409, `{"code":"in_progress","detail":"wait"}`
		case kind == "progress":
			return 402, `{"code":"insufficient_balance","detail":"no"}`
		}
		return 500, `{"code":"internal","detail":"no"}`
	}}
	c := foreign(t, map[string]http.HandlerFunc{"POST /purchase": service.ServeHTTP})
	stages, state := mixed(3, time.Now())
	e := audit.Evidence{Stages: stages, After: state}
	if err := AskAgain(t.Context(), c, run, &e, 0, time.Second); err != nil || len(service.asked) != 0 {
		t.Errorf("asking for none: %v, asked %v", err, service.asked)
	}
	if err := AskAgain(t.Context(), c, run, &e, 8, 30*time.Second); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"confirmed": "confirmed", "refused": "no_stock", "progress": "no_money", "unclear": "unclear"}
	for _, x := range e.AskedAgain {
		kind, _, _ := strings.Cut(x.Attempt.Key, "-")
		if x.Attempt.Meaning != want[kind] || x.Request.IdempotencyKey != x.Attempt.Key || x.Attempt.StartTS.IsZero() || kind == "confirmed" && x.Attempt.OrderID != "o"+x.Attempt.Key {
			t.Errorf("asked again: %+v, want the meaning %s", x, want[kind])
		}
		for _, body := range service.asked[x.Attempt.Key] {
			if body != string(x.Request.Body(x.Attempt.Key)) {
				t.Errorf("key %s was sent with %s, want %s", x.Attempt.Key, body, x.Request.Body(x.Attempt.Key))
			}
		}
	}
	if len(e.AskedAgain) != 8 || len(service.asked) != 8 {
		t.Errorf("%d answers to %d keys, want 8", len(e.AskedAgain), len(service.asked))
	}
	kept, err := readAskedAgain(run, stages[0].Started)
	if a, b := rows(t, kept), rows(t, e.AskedAgain); err != nil || a != b {
		t.Errorf("kept beside the run: %s, %v; want %s", a, err, b)
	}
	if later, err := readAskedAgain(run, time.Now()); err != nil || len(later) != 0 {
		t.Errorf("of a later fixture: %v, %v; want none", later, err)
	}
	file, err := os.OpenFile(askedAgainFile(run), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(file, `{"request":{"user`)
	file.Close()
	if cut, err := readAskedAgain(run, stages[0].Started); err != nil || len(cut) != 8 {
		t.Errorf("with a last line that is cut off: %d, %v; want 8", len(cut), err)
	}
	if err := AskAgain(t.Context(), c, run, &e, 3, time.Second); err != nil {
		t.Fatal(err)
	}
	if after, err := readAskedAgain(run, stages[0].Started); err != nil || rows(t, after) != rows(t, e.AskedAgain) {
		t.Errorf("asked again after the line that is cut off: %s, %v; want %s", rows(t, after), err, rows(t, e.AskedAgain))
	}
	before := len(service.asked)
	if err := AskAgain(t.Context(), c.WithAdapter(keyless{}), run, &e, 8, time.Second); !errors.Is(err, ErrNotAskedAgain) || len(service.asked) != before {
		t.Errorf("by an adapter without keys: %v, and %d keys were asked, want %d", err, len(service.asked), before)
	}
	stages[0].API = "http://127.0.0.1:1"
	if err := AskAgain(t.Context(), c, run, &e, 8, time.Second); !errors.Is(err, ErrNotAskedAgain) || !strings.Contains(err.Error(), "was sent to http://127.0.0.1:1") {
		t.Errorf("at another service: %v, want ErrNotAskedAgain", err)
	}
}

// keyless is an adapter that sends purchases without keys.
type keyless struct{ answersOnly }

func (keyless) Offers() purchase.Offers { return purchase.Offers{} }

// rows are repeats as text.
func rows(t *testing.T, list []audit.Repeat) string {
	t.Helper()
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAskAgainGivesUp a purchase that stays in progress, once it may not be any more.
func TestAskAgainGivesUp(t *testing.T) {
	run, err := runs.Store{Dir: t.TempDir()}.Create("t", "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	service := &remembering{asked: map[string][]string{}, answer: func(string, int) (int, string) { return 409, `{"code":"in_progress","detail":"wait"}` }}
	c := foreign(t, map[string]http.HandlerFunc{"POST /purchase": service.ServeHTTP})
	stages, _ := mixed(1, time.Now())
	e := audit.Evidence{Stages: stages}
	const settle = 600 * time.Millisecond
	if err := AskAgain(t.Context(), c, run, &e, 4, settle); err != nil {
		t.Fatal(err)
	}
	for _, x := range e.AskedAgain {
		if since := x.Attempt.StartTS.Sub(stages[0].Started); x.Attempt.Meaning != "in_progress" || since < settle {
			t.Errorf("key %s: %s %v after the load, want in_progress after the time for settling", x.Attempt.Key, x.Attempt.Meaning, since)
		}
	}
	if len(e.AskedAgain) == 0 {
		t.Error("nothing was asked again")
	}
}

// TestNothingAskedAgain says why: nothing may be sent again, or nothing was answered.
func TestNothingAskedAgain(t *testing.T) {
	run, err := runs.Store{Dir: t.TempDir()}.Create("t", "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	busy := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }
	at := func(address string) *purchase.Client {
		endpoint, err := purchase.ParseEndpoint(address)
		if err != nil {
			t.Fatal(err)
		}
		c, release, err := NewClient(endpoint, nil, retry.Config{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(release)
		return c
	}
	unsent := func(s []runs.Stage) []runs.Stage {
		s[0].Attempts = slices.DeleteFunc(s[0].Attempts, func(a runs.Attempt) bool { return a.Meaning != "not_sent" })
		return s
	}
	all := func(s []runs.Stage) []runs.Stage { return s }
	for _, tt := range []struct {
		client *purchase.Client
		of     func([]runs.Stage) []runs.Stage
		want   string
	}{
		{at("http://127.0.0.1:1"), all, "5 purchases were sent again and none was answered: connection refused"},
		{foreign(t, map[string]http.HandlerFunc{"POST /purchase": busy}), all, "5 purchases were sent again and none was answered with its outcome: HTTP 429"},
		{foreign(t, map[string]http.HandlerFunc{"POST /purchase": busy}), unsent, "no purchase of the run may be asked again: of none"},
	} {
		stages, state := mixed(3, time.Now())
		e := audit.Evidence{Stages: tt.of(stages), After: state}
		if err := AskAgain(t.Context(), tt.client, run, &e, 5, time.Second); err != nil || !strings.HasPrefix(e.NotAskedAgain, tt.want) {
			t.Errorf("not asked again: %q, %v; want %q", e.NotAskedAgain, err, tt.want)
		}
		e.After = nil // which is of no run
		if v := audit.Judge(e, audit.Options{}).Verdict("K5"); v.Answer != audit.Unknown || v.Reason != e.NotAskedAgain {
			t.Errorf("K5 is %s, %q; want unknown, %q", v.Answer, v.Reason, e.NotAskedAgain)
		}
	}
}

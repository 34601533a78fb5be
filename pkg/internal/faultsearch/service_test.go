package faultsearch

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/internal/shop/defect"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// startShop serves the reference service with some defects.
func startShop(t testing.TB, defects ...defect.Defect) string {
	t.Helper()
	s, err := shop.Open(t.Context(), shop.Config{Lab: true, Seed: 1, Defects: defects, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return serveShop(t, s)
}

// serveShop serves a shop, and returns its address.
func serveShop(t testing.TB, s *shop.Shop) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- shop.Serve(ctx, listener, s) }()
	t.Cleanup(func() {
		stop()
		<-done
		s.Close(context.Background())
	})
	return "http://" + listener.Addr().String()
}

// open makes an executor for a service.
func open(t testing.TB, address string, c ServiceConfig) *Service {
	t.Helper()
	var err error
	if c.Endpoint, err = purchase.ParseEndpoint(address); err != nil {
		t.Fatal(err)
	}
	s, err := NewService(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// slow are times for a busy machine: nothing but a reply that hangs takes that long.
var slow = Times{AttemptTimeout: time.Second}

// TestExecute: an execution sees what the faults do, and judges by the state.
func TestExecute(t *testing.T) {
	s := open(t, startShop(t), ServiceConfig{Times: slow})
	for _, w := range []World{{Purchases: 2, Scarce: Stock}, {Purchases: 2, Scarce: Money}, {Purchases: 2, Scarce: Stock, AtOnce: true}, {Purchases: 1, Scarce: Stock}} {
		for _, kind := range append([]fault.Kind{""}, fault.CallKinds()...) {
			var schedule fault.Schedule
			first := fault.Call{Purchase: 1, Attempt: 1}
			if kind != "" {
				schedule = with(schedule, first, kind)
			}
			x, err := s.Execute(t.Context(), w, schedule)
			if err != nil {
				t.Fatalf("%s, %s: %v", w, schedule, err)
			}
			ok := 0
			for _, e := range x.Ends {
				if e.Outcome == purchase.OK {
					ok++
				}
			}
			if len(x.Violated()) > 0 || x.NotQuiet != "" || x.Tier != audit.Traces || x.State == "" || ok != min(w.Purchases, w.Supply()) {
				t.Errorf("%s, %s: violated %v, %d ok, not quiet %q, tier %s", w, schedule, x.Violated(), ok, x.NotQuiet, x.Tier)
			}
			if kind != "" && (!x.did(schedule.Faults[0]) || fails(kind) != slices.ContainsFunc(x.Calls, func(c fault.SeenCall) bool { return c.Purchase == 1 && c.Attempt == 2 })) {
				t.Errorf("%s, %s: calls %+v", w, schedule, x.Calls)
			}
			for _, rule := range []string{"K5", "C1", "C2", "C3", "C5"} {
				if x.Answers[rule] != audit.Holds {
					t.Errorf("%s, %s: %s is %s", w, schedule, rule, x.Answers[rule])
				}
			}
		}
	}
}

// TestSearchService: on the correct service a certificate adds up; a defect is found with the
// one fault that it needs.
func TestSearchService(t *testing.T) {
	t.Run("correct", func(t *testing.T) {
		s := open(t, startShop(t), ServiceConfig{Times: slow})
		r, err := Run(t.Context(), s, Options{Kinds: []fault.Kind{fault.DropReply, fault.ResetReply, fault.DropRequest, fault.Duplicate}, Tries: 5})
		if err != nil {
			t.Fatal(err)
		}
		if r.Answer != NoneFound {
			t.Fatalf("%s %v", r.Sentence(), r.Notes)
		}
		for _, c := range r.Certificate.Worlds {
			n := c.World.Purchases
			if want := 1 + n*4 + n*(n-1)/2*16 + n*3*4; int64(c.Enumerated) != c.ByFormula || c.Enumerated != want || c.Executed+c.skipped() != want {
				t.Errorf("%s", c.Arithmetic())
			}
		}
		t.Logf("%s; %d executions in %.1f s; %d of %d pairs differ", r.Sentence(), r.Executions, r.Seconds, r.Differed, r.Compared)
	})
	t.Run("a second order", func(t *testing.T) {
		s := open(t, startShop(t, defect.SecondOrder), ServiceConfig{Times: slow})
		r, err := Run(t.Context(), s, Options{})
		if err != nil {
			t.Fatal(err)
		}
		w := r.Witness
		if w == nil || w.Rule != "K1" && w.Rule != "K5" || !w.Minimal || w.World.Purchases != 1 || len(w.Schedule.Faults) > 1 || w.Counterexample == nil {
			t.Fatalf("%s %+v", r.Sentence(), w)
		}
		t.Logf("%s (%s; %d executions in %.1f s)", w.Sentence, w.Reproduced(), r.Executions, r.Seconds)
	})
}

// readless is the contract without any call that reads or sets.
type readless struct{}

func (readless) Request(c purchase.Call) (retry.Request, error) {
	return purchase.Contract{}.Request(c)
}
func (readless) Read(c purchase.Call, a retry.Attempt) purchase.Answer {
	return purchase.Contract{}.Read(c, a)
}

// TestResets: a service is set anew by a command, or not at all; one that cannot be is refused.
func TestResets(t *testing.T) {
	address := startShop(t)
	endpoint, err := purchase.ParseEndpoint(address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewService(t.Context(), ServiceConfig{Endpoint: endpoint, Adapter: readless{}}); err == nil || !strings.Contains(err.Error(), ErrNoReset.Error()) {
		t.Errorf("without a reset: %v", err)
	}
	if _, err := NewService(t.Context(), ServiceConfig{Endpoint: endpoint, Reset: Fresh, Users: []purchase.ID{purchase.TextID("anna")}}); err == nil || !strings.Contains(err.Error(), "user anna") {
		t.Errorf("with users that are no numbers: %v", err)
	}
	log := filepath.Join(t.TempDir(), "resets")
	for _, c := range []ServiceConfig{
		{Reset: ByCommand, ResetCommand: "echo reset >> " + log, Times: slow},
		{Reset: Fresh, Users: []purchase.ID{1}, Product: 1, Times: slow},
		{Reset: ByCommand, ResetCommand: "echo reset >> " + log, Adapter: readless{}, Times: slow},
	} {
		s := open(t, address, c)
		for range 2 {
			x, err := s.Execute(t.Context(), World{Purchases: 2, Scarce: Stock}, fault.Schedule{})
			if err != nil || len(x.Violated()) > 0 || len(x.Ends) != 2 || len(x.Calls) == 0 {
				t.Errorf("%s: %v, %+v", c.Reset, err, x)
			}
			if c.Adapter != nil && x.Tier != audit.History {
				t.Errorf("without reads: tier %s", x.Tier)
			}
		}
	}
	text, _ := os.ReadFile(log)
	if n := strings.Count(string(text), "reset"); n != 4 {
		t.Errorf("%d resets", n)
	}
	s := open(t, address, ServiceConfig{Reset: ByCommand, ResetCommand: "echo cannot; exit 3", Times: slow})
	if _, err := s.Execute(t.Context(), World{Purchases: 1, Scarce: Stock}, fault.Schedule{}); err == nil || !strings.Contains(err.Error(), "cannot") {
		t.Errorf("a command that fails: %v", err)
	}
}

// TestScarceQuantity: purchases at a service that keeps its users and products ask for so much
// that there is too little for all, where that is shown.
func TestScarceQuantity(t *testing.T) {
	users := []purchase.ID{1, 2, 3}
	state := func(price, stock int64, balances ...int64) *audit.State {
		s := &audit.State{Products: []purchase.Product{{ProductID: 1, Price: price, Stock: stock}}}
		for i, b := range balances {
			s.Users = append(s.Users, purchase.User{UserID: users[i], Balance: b})
		}
		return s
	}
	for _, tt := range []struct {
		world  World
		before *audit.State
		want   int64
		plenty bool
	}{
		{World{Purchases: 2, Scarce: Stock}, state(10, 5, 100, 100), 5, false},
		{World{Purchases: 3, Scarce: Stock}, state(10, 5, 100, 100, 100), 2, false},
		{World{Purchases: 2, Scarce: Stock}, state(10, 5, 100, 40), 1, true},
		{World{Purchases: 3, Scarce: Stock}, state(10, 3, 100, 100, 100), 1, true}, // one for each
		{World{Purchases: 2, Scarce: Stock}, state(10, 0, 100, 100), 1, true},
		{World{Purchases: 2, Scarce: Stock}, state(0, 5, 100, 100), 1, true},
		{World{Purchases: 2, Scarce: Stock}, &audit.State{}, 1, true},
		{World{Purchases: 2, Scarce: Stock}, state(10, 5), 1, true},
		{World{Purchases: 2, Scarce: Money}, state(10, 50, 100, 7), 10, false},
		{World{Purchases: 2, Scarce: Money}, state(10, 19, 100), 1, true},
		{World{Purchases: 2, Scarce: Money}, state(10, 50, 9), 1, true},
		{World{Purchases: 1, Scarce: Stock}, state(10, 50, 9), 1, false},
	} {
		s := &Service{config: ServiceConfig{Users: users}}
		if got := s.scarceQuantity(tt.world, tt.before, users); got != tt.want || s.plenty != tt.plenty {
			t.Errorf("%s at %+v: %d, enough for all %t; want %d, %t", tt.world, tt.before, got, s.plenty, tt.want, tt.plenty)
		}
	}
}

// TestServiceGone: a service that does not answer is no certificate.
func TestServiceGone(t *testing.T) {
	endpoint, err := purchase.ParseEndpoint("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewService(t.Context(), ServiceConfig{Endpoint: endpoint}); err == nil {
		t.Error("it is searched")
	}
	s := open(t, "http://127.0.0.1:1", ServiceConfig{Reset: Fresh, Adapter: readless{}})
	r, err := Run(t.Context(), s, Options{})
	if err != nil || r.Answer != Undecided {
		t.Errorf("%v, %s: %s", err, r.Answer, r.Sentence())
	}
}

// TestParseParticipant: one is read as it is written, and what is wrong is said.
func TestParseParticipant(t *testing.T) {
	p, err := ParseParticipant("payments=9001,http://127.0.0.1:8001")
	if err != nil || p != (Participant{"payments", "127.0.0.1:9001", "http://127.0.0.1:8001"}) {
		t.Errorf("%+v, %v", p, err)
	}
	if back, err := ParseParticipant(p.String()); err != nil || back != p {
		t.Errorf("%+v, %v", back, err)
	}
	for _, text := range []string{"", "payments", "payments=9001", "=9001,http://x", "p=,http://x", "p=9001,x", "p=9001,ftp://x", "p=9001,http://"} {
		if _, err := ParseParticipant(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

// TestNothingIsConfirmedWithoutFaults: a witness without faults in which no purchase was confirmed
// has a note, because the service may wait for proxies that were not opened.
func TestNothingIsConfirmedWithoutFaults(t *testing.T) {
	for confirmed, want := range map[int]bool{0: true, 1: false} {
		r := Result{Witness: &Witness{Execution: &Execution{Effects: &Effects{Confirmed: confirmed}}}}
		new(Service).Describe(&r)
		if got := strings.Contains(strings.Join(r.Notes, "; "), "--participant"); got != want {
			t.Errorf("%d confirmed: notes %q", confirmed, r.Notes)
		}
	}
}

package faultsearch

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/internal/shop/defect"
	"sagalab/pkg/internal/shop/remote"
)

// serveParticipant serves a participant of the reference service, and returns where a proxy can
// stand before it.
func serveParticipant(t *testing.T, name, db string, defects []defect.Defect) Participant {
	t.Helper()
	p, err := remote.OpenParticipant(t.Context(), remote.ParticipantConfig{Name: name, DB: shop.ParticipantPath(db, name), Defects: defects, Seed: 1, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		<-done
		p.Close()
	})
	free, err := fault.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return Participant{Name: name, Listen: free, URL: "http://" + listener.Addr().String()}
}

// startDistributed serves the reference service with its stock and payments over HTTP, which it
// asks by the proxies of a search.
func startDistributed(t *testing.T, defects ...defect.Defect) *Service {
	t.Helper()
	address, participants := serveDistributed(t, defects...)
	return open(t, address, ServiceConfig{Times: slow, Participants: participants})
}

// serveDistributed serves it, and returns where it and its participants are.
func serveDistributed(t *testing.T, defects ...defect.Defect) (address string, participants []Participant) {
	t.Helper()
	db := filepath.Join(t.TempDir(), "shop.db")
	stock, payments := serveParticipant(t, remote.StockName, db, defects), serveParticipant(t, remote.PaymentsName, db, defects)
	target := func(p Participant) remote.Target {
		return remote.Target{Calls: "http://" + p.Listen, Reads: p.URL, Timeout: 300 * time.Millisecond}
	}
	s, err := shop.Open(t.Context(), shop.Config{DB: db, Lab: true, Seed: 1, Defects: defects, Retry: 5 * time.Millisecond, Wait: 200 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
		Remote: &shop.Remote{Stock: target(stock), Payments: target(payments)}})
	if err != nil {
		t.Fatal(err)
	}
	return serveShop(t, s), []Participant{stock, payments}
}

// names lists the calls of an execution.
func names(x Execution) (list []string) {
	for _, c := range x.Calls {
		list = append(list, callName(c.Call))
	}
	return list
}

// TestParticipants: the calls of a service to its participants are seen and belong to their
// purchases, and faults are done to them.
func TestParticipants(t *testing.T) {
	s := startDistributed(t)
	x, err := s.Execute(t.Context(), World{Purchases: 1, Scarce: Stock}, fault.Schedule{})
	if want := []string{"purchase", "stock POST /reserve", "payments POST /charge", "stock POST /sell"}; err != nil || !slices.Equal(names(x), want) {
		t.Errorf("%v, calls %q, want %q", err, names(x), want)
	}
	if x.Effects == nil || *x.Effects != (Effects{Orders: 1, Confirmed: 1, Charges: 1, Pieces: 1, PiecesKnown: true}) || x.Unrecognised != 0 {
		t.Errorf("effects: %+v, %d not recognised", x.Effects, x.Unrecognised)
	}
	x, err = s.Execute(t.Context(), World{Purchases: 2, Scarce: Money}, fault.Schedule{})
	if want := []string{"payments POST /charge", "payments POST /charge", "purchase", "purchase", "stock POST /release", "stock POST /reserve", "stock POST /reserve", "stock POST /sell"}; err != nil || !slices.Equal(slices.Sorted(slices.Values(names(x))), want) {
		t.Errorf("%v, calls %q, want %q", err, names(x), want)
	}
	for _, kind := range fault.CallKinds() {
		charge := fault.Call{Purchase: 1, Participant: remote.PaymentsName, Step: "POST /charge", Attempt: 1}
		schedule := with(fault.Schedule{}, charge, kind)
		x, err := s.Execute(t.Context(), World{Purchases: 1, Scarce: Stock}, schedule)
		if err != nil || !x.did(schedule.Faults[0]) || len(x.Violated()) > 0 || x.NotQuiet != "" || x.Effects.Confirmed != 1 || x.Effects.Charges != 1 {
			t.Errorf("%s: %v, violated %v, not quiet %q, %+v", kind, err, x.Violated(), x.NotQuiet, x.Effects)
		}
		charge.Attempt = 2
		if again := slices.Contains(x.seen(), charge); again != fails(kind) {
			t.Errorf("%s: charged again %t", kind, again)
		}
	}
}

// TestSearchParticipants: a defect that lies between a service and a participant is found with
// the purchase and the fault that it needs, and comes again when the file is replayed.
func TestSearchParticipants(t *testing.T) {
	s := startDistributed(t, defect.RetryChargesTwice)
	o := Options{Kinds: []fault.Kind{fault.DropReply, fault.DropRequest}, Confirm: 3}
	r, err := Run(t.Context(), s, o)
	if err != nil || r.Witness == nil {
		t.Fatalf("%v, %s", err, r.Sentence())
	}
	w := r.Witness
	want := fault.CallFault{Call: fault.Call{Purchase: 1, Participant: remote.PaymentsName, Step: "POST /charge", Attempt: 1}, Fault: fault.DropReply}
	if w.World.Purchases != 1 || len(w.Schedule.Faults) != 1 || w.Schedule.Faults[0] != want || !w.Minimal || !slices.Contains(w.Rules, "C3") || w.Execution.Effects.Charges != 2 {
		t.Errorf("%s: %+v", w.Sentence, w.Schedule)
	}
	if want := "One purchase; the reply to the first charge at payments is lost: charged twice, confirmed once (a step took effect twice)"; w.Sentence != want {
		t.Errorf("says %q, want %q", w.Sentence, want)
	}
	again, err := Replay(t.Context(), s, o, Replayed{w.World, w.Schedule})
	if err != nil || again.Answer != FoundWitness || again.Witness.Rule != w.Rule || again.ExitCode() != 1 {
		t.Errorf("replayed: %v, %s", err, again.Sentence())
	}
	without, err := Replay(t.Context(), s, o, Replayed{World: w.World})
	if err != nil || without.Answer != NoneFound || without.ExitCode() != 0 || without.Certificate.Complete || without.Executions != 4 {
		t.Errorf("without the fault: %v, %s", err, without.Sentence())
	}
}

// TestParticipantGone: a participant that is gone, or asked past its proxy, is no certificate.
func TestParticipantGone(t *testing.T) {
	address := startShop(t)
	past := open(t, address, ServiceConfig{Times: slow, Participants: []Participant{{Name: "stock", Listen: "127.0.0.1:0", URL: "http://127.0.0.1:1"}}})
	r, err := Run(t.Context(), past, Options{Worlds: Worlds(1), Faults: 1, Kinds: []fault.Kind{fault.DropReply}})
	if past.Describe(&r); err != nil || r.Answer != Undecided || !strings.Contains(r.Why, "no call to stock came by") {
		t.Errorf("asked past its proxy: %v, %s", err, r.Sentence())
	}
	address, participants := serveDistributed(t)
	participants[0].URL = "http://127.0.0.1:1"
	gone := open(t, address, ServiceConfig{Times: Times{Settle: 100 * time.Millisecond}, Participants: participants})
	if r, err := Run(t.Context(), gone, Options{Worlds: Worlds(1)}); err != nil || r.Answer != Undecided || !strings.Contains(r.Why, "without any fault attempt 1 at POST /reserve of stock for purchase 1 was not answered") {
		t.Errorf("gone: %v, %s", err, r.Sentence())
	}
	endpoint := past.config.Endpoint
	for _, p := range []Participant{{Name: "stock", Listen: "0.0.0.0:0", URL: "http://127.0.0.1:1"}, {Name: "stock", Listen: "127.0.0.1:0", URL: "nowhere"}} {
		if s, err := NewService(t.Context(), ServiceConfig{Endpoint: endpoint, Participants: []Participant{p}}); err == nil {
			s.Close()
			t.Errorf("%s is taken", p)
		}
	}
}

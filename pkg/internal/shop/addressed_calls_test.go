package shop_test

import (
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/internal/shop/remote"
)

// seen are the calls of an execution in words, in the order of their arrival.
func seen(t *testing.T, proxies ...*fault.CallProxy) (list []string) {
	t.Helper()
	var calls []fault.SeenCall
	for _, p := range proxies {
		if n := p.Unrecognised(); n != 0 {
			t.Errorf("%d requests of no purchase pass %s", n, p)
		}
		calls = append(calls, p.Calls()...)
	}
	slices.SortFunc(calls, func(a, b fault.SeenCall) int { return a.Began.Compare(b.Began) })
	for _, c := range calls {
		list = append(list, c.String())
	}
	return list
}

// TestAddressedCalls: a proxy sees the calls of a saga and nothing else, and they are the same in
// each execution of a schedule.
func TestAddressedCalls(t *testing.T) {
	db := filepath.Join(t.TempDir(), "shop.db")
	r := shop.StartParticipants(t, db, nil, nil)
	var purchases fault.Purchases
	var proxies []*fault.CallProxy
	for name, target := range map[string]*remote.Target{remote.StockName: &r.Stock, remote.PaymentsName: &r.Payments} {
		p, err := fault.NewCallProxy("", name, fault.Service{Address: target.Calls}, fault.ParticipantCalls(&purchases))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Close() })
		target.Calls, proxies = p.URL(), append(proxies, p)
	}
	r.Stock.Timeout, r.Payments.Timeout = 100*time.Millisecond, 100*time.Millisecond
	s := newStand(t, shop.Config{DB: db, Remote: r, Retry: time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
	order := one()
	order.IdempotencyKey = "the only key"
	purchases.Add(order.IdempotencyKey, 1)
	charge := func(attempt int) fault.Call {
		return fault.Call{Purchase: 1, Participant: "payments", Step: "POST /charge", Attempt: attempt}
	}
	for _, tt := range []struct {
		balance int64
		faults  []fault.CallFault
		want    []string
	}{
		{1000, nil, []string{
			"attempt 1 at POST /reserve of stock for purchase 1", "attempt 1 at POST /charge of payments for purchase 1", "attempt 1 at POST /sell of stock for purchase 1"}},
		{50, nil, []string{
			"attempt 1 at POST /reserve of stock for purchase 1", "attempt 1 at POST /charge of payments for purchase 1", "attempt 1 at POST /release of stock for purchase 1"}},
		{1000, []fault.CallFault{{Call: charge(1), Fault: fault.HangReply}, {Call: charge(2), Fault: fault.ResetReply}}, []string{
			"attempt 1 at POST /reserve of stock for purchase 1", "attempt 1 at POST /charge of payments for purchase 1", "attempt 2 at POST /charge of payments for purchase 1",
			"attempt 3 at POST /charge of payments for purchase 1", "attempt 1 at POST /sell of stock for purchase 1"}},
	} {
		for range 3 {
			if err := s.client.SetFixture(t.Context(), small(tt.balance, 1)); err != nil {
				t.Fatal(err)
			}
			for _, p := range proxies {
				if err := p.Start(fault.Schedule{Faults: tt.faults}, fault.CallTimes{Hang: time.Second}); err != nil {
					t.Fatal(err)
				}
			}
			s.client.Purchase(t.Context(), order)
			if got := seen(t, proxies...); !slices.Equal(got, tt.want) {
				t.Errorf("with %v the calls are %q, want %q", tt.faults, got, tt.want)
			}
		}
	}
}

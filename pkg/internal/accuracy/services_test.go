package accuracy

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"sagalab/pkg/internal/shop"
	"sagalab/pkg/internal/shop/defect"
	"sagalab/pkg/internal/testing/market"
	"sagalab/pkg/purchase"
)

// style is a way in which a correct service may be made.
type style struct {
	name string
	// change sets the options of the market.
	change func(*market.Options)
	// during and between do something to it while load runs, and between two stages.
	during, between func(*market.Market)
	// others: other clients use it, so that the lab cannot be its only client.
	others bool
}

// styles are correct services, all of the market's.
var styles = []style{
	{name: "plain"},
	{name: "charge first", change: func(o *market.Options) { o.Steps = market.ChargeFirst }},
	{name: "parallel steps", change: func(o *market.Options) { o.Steps = market.Parallel }},
	{name: "pages of 7", change: func(o *market.Options) { o.PageSize = 7 }},
	{name: "reads lag, declared", change: func(o *market.Options) { o.ReadsLag, o.DeclareLag = 300*time.Millisecond, true }},
	{name: "reads lag, not declared", change: func(o *market.Options) { o.ReadsLag = 500 * time.Millisecond }},
	{name: "the ledger alone lags, not declared", change: func(o *market.Options) { o.Bug = "ledger-stale" }},
	{name: "late refusals", change: func(o *market.Options) { o.LateRefusals, o.Steps = true, market.Parallel }},
	{name: "no single order", change: func(o *market.Options) { o.Without.Order = true }},
	{name: "no list of orders", change: func(o *market.Options) { o.Without.Orders = true }},
	{name: "orders without keys", change: func(o *market.Options) { o.Without.Keys = true }},
	{name: "orders without steps", change: func(o *market.Options) { o.Without.Steps = true }},
	{name: "no ledger", change: func(o *market.Options) { o.Without.Ledger = true }},
	{name: "no users", change: func(o *market.Options) { o.Without.Users = true }},
	{name: "refusals without ids", change: func(o *market.Options) { o.Without.RefusalIDs, o.Identifiers = true, market.Numbers }},
	{name: "keys in flight refused", change: func(o *market.Options) { o.KeyInFlight, o.Identifiers = market.Refuse, market.UUIDs }},
	{name: "four at a time", change: func(o *market.Options) { o.MaxInFlight = 4 }},
	{name: "errors before and after the work", change: func(o *market.Options) { o.ErrorRate = .1 }},
	{name: "clock a day ahead", change: func(o *market.Options) { o.ClockSkew = 24 * time.Hour }},
	{name: "no fixture, no health", change: func(o *market.Options) { o.Without.Scenario, o.Without.Health = true, true }},
	{name: "restarted between stages", between: restart},
	{name: "restarted during stages", during: restart},
	{name: "other clients", during: func(m *market.Market) { m.BuyElsewhere(10) }, others: true},
	{name: "other clients, no keys, no fixture", change: func(o *market.Options) { o.Without.Keys, o.Without.Scenario = true, true }, during: func(m *market.Market) { m.BuyElsewhere(10) }, others: true},
	{name: "restock and top-up", during: func(m *market.Market) { m.Restock(2, 20); m.TopUp(2, 500) }, others: true},
	{name: "price changes", during: func(m *market.Market) { m.SetPrice(1, 120) }, others: true},
}

// restart restarts the service.
func restart(m *market.Market) {
	if err := m.Restart(); err != nil {
		panic(err)
	}
}

// scarce is a fixture in which some stock and some money run out.
func scarce() purchase.Fixture {
	f := purchase.Fixture{Products: []purchase.FixtureProduct{
		{ProductID: 1, Price: 100, Stock: 1000}, {ProductID: 2, Price: 70, Stock: 60}, {ProductID: 3, Price: 30, Stock: 40},
	}}
	for i := range int64(8) {
		f.Users = append(f.Users, purchase.FixtureUser{UserID: purchase.ID(i + 1), Balance: 100_000})
	}
	for i, balance := range []int64{900, 350, 600, 1200, 300} {
		f.Users[i].Balance = balance
	}
	return f
}

// startMarket starts the service of a style, and returns the trial of it.
func startMarket(t testing.TB, s style, seed uint64, change func(*market.Options)) (*market.Market, trial) {
	t.Helper()
	f := scarce()
	o := market.Options{Seed: seed, Fixture: market.Fixture{}}
	for _, p := range f.Products {
		o.Fixture.Products = append(o.Fixture.Products, market.Product{ID: int64(p.ProductID), Price: p.Price, Stock: p.Stock})
	}
	for _, u := range f.Users {
		o.Fixture.Users = append(o.Fixture.Users, market.User{ID: int64(u.UserID), Balance: u.Balance})
	}
	if s.change != nil {
		s.change(&o)
	}
	if change != nil {
		change(&o)
	}
	m, err := market.Start(o)
	check(t, err)
	t.Cleanup(m.Close)
	x := trial{address: m.URL(), seed: seed, fixture: f, sole: !s.others, settle: 2 * time.Second}
	if s.during != nil {
		x.during = func() { s.during(m) }
	}
	if s.between != nil {
		x.between = func() { s.between(m) }
	}
	return m, x
}

// startShop starts the reference service with a defect, and returns the trial of it.
func startShop(t testing.TB, d defect.Defect, seed uint64) (*shop.Shop, trial) {
	t.Helper()
	c := shop.Config{Lab: true, Seed: seed, Wait: 200 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)}
	if d != "" {
		c.Defects = []defect.Defect{d}
	}
	s, err := shop.Open(t.Context(), c)
	check(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- shop.Serve(ctx, listener, s) }()
	t.Cleanup(func() {
		stop()
		check(t, <-done)
		check(t, s.Close(context.Background()))
	})
	return s, trial{address: "http://" + listener.Addr().String(), seed: seed, fixture: scarce(), sole: true, settle: 2 * time.Second}
}

package accuracy

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/internal/testing/market"
	"sagalab/pkg/purchase"
)

// causesOf are the rules that name the cause of a bug of the market. K3 names an expired
// lock as well: the payload that came second was bought under the key. K5 names a refusal
// that was not kept when the key was sent again only after the load. C4 names a false
// replay when the right answer was lost: only the state contradicts it.
var causesOf = map[string]string{
	"last-piece": "S2", "sold-out-sticky": "S2", "stock-race": "S1", "stock-lost-update": "C1", "reserve-twice": "C1", "reserves-wrong-product": "C1",
	"out-of-stock-ignored": "S1 T1 C1", "partial-sale": "S1 C1", "reserved-kept": "C1", "stock-taken-twice": "C1",
	"last-money": "B1", "insufficient-sticky": "B1", "overdraft-race": "B1", "balance-lost-update": "C2", "charge-twice": "C3", "charge-twice-silent": "C2",
	"charges-wrong-user": "C3", "charges-previous-user": "C3", "charge-unit-price": "C3", "charge-rounded": "C3", "charge-int32": "C3", "price-read-twice": "C3",
	"insufficient-ignored": "C3 T1", "charges-what-is-left": "C3 B1", "charge-not-taken": "C2",
	"ledger-twice": "C3 C2", "ledger-missing": "C3 C2", "ledger-wrong-order": "C3", "ledger-wrong-amount": "C3 C2", "ledger-wrong-user": "C3",
	"refund-lost": "C3 T1", "refund-claimed": "C2", "refund-unbooked": "C3 C2", "refund-twice": "C3", "refund-fee": "C3", "refund-current-price": "C3",
	"refund-wrong-user": "C3", "refund-wrong-order": "C3",
	"release-lost": "C1 T1", "release-claimed": "C1", "release-vanishes": "C1", "release-twice": "C1", "release-one": "C1", "release-wrong-product": "C1",
	"undoes-all": "T2 T1", "late-charge": "C3 T3 T1", "compensation-crashes": "C5", "stuck-compensating": "C5", "reason-swapped": "S2 B1",
	"stuck-pending": "C5 K5", "restart-orphans": "C5", "recovery-charges-again": "C3", "restart-loses-confirmed": "C8 C4", "charged-then-500": "C3",
	"order-lost": "C8", "order-unlisted": "C8", "order-unreadable": "C8", "refused-order-lost": "C8", "status-goes-back": "C7 C4 C5",
	"cancelled-after-confirm": "C4 C7", "refund-after-confirm": "C3 T1", "ghost-order": "C4", "refused-then-bought": "C4", "order-unit-price": "C3", "step-missing": "T1",
	"refused-though-confirmed": "C4", "overloaded-though-done": "C9", "malformed-though-done": "C9 C4", "confirmed-though-refused": "C4", "answers-other-order": "K4",
	"answer-unit-price": "C4", "answer-pending": "C4", "in-progress-not-begun": "C10", "running-as-200": "C4",
	"key-race": "K1 K2", "lock-expires": "K1 K2 K3", "refusal-forgotten": "K2", "out-of-stock-retried": "K2 K5", "disconnect-frees-key": "K1 K2 K5", "keys-lost-on-restart": "K1 K2 K5",
	"key-evicted": "K1 K2 K5", "key-expires": "K1 K2 K5", "key-case": "K3 K4", "key-truncated": "K3 K4", "key-trimmed": "K3 K4", "key-escaped": "K3 K4", "key-hashed": "K3 K4",
	"payload-ignored": "K3", "quantity-not-compared": "K3", "user-not-compared": "K3", "reuse-buys": "K3", "reuse-poisons-key": "K3 K5",
	"replay-other-order": "K1 K4", "replay-current-price": "C4", "replay-fresh-id": "K1 K5", "replay-in-progress": "K5", "replay-refused": "K2 C4", "replay-other-code": "K2 K5",
	"replay-refusal-as-200": "K2 C4", "replay-refusal-as-422": "K3 K5",
	"balance-cached": "C2", "order-repriced": "C3 C4", "list-hides-cancelled": "C8", "ledger-hides-refunds": "C3 C2", "list-truncated": "C8", "page-skips": "C8",
}

// undetectable says of bugs why no answer and no reading call shows them.
var undetectable = map[string]string{
	"answers-before-undone": "everything is taken back when the state is read, and a read meanwhile could be of another purchase",
	"header-ignored":        "the client sends the key in the header and in the body",
	"payload-as-text":       "the client always sends the same text for a payload",
	"stores-5xx":            "a key whose purchase has no order is not asked again, for a correct service would buy",
	"replay-as-201":         "that 201 stands for 200 changes no purchase",
	"stock-shows-held":      "what is read while load runs may be of any moment",
	"ledger-stale":          "a lag that is over within the time for settling is allowed where none is declared",
	"page-repeats":          "a row that two pages have counts once",
}

// circumstances are what a bug needs beside the load.
var circumstances = map[string]style{
	"restart-orphans": {during: restart}, "recovery-charges-again": {during: restart}, "restart-loses-confirmed": {during: restart}, "keys-lost-on-restart": {between: restart},
	"price-read-twice":     {during: changePrices},
	"refund-current-price": {during: func(m *market.Market) { go keepChangingPrices(m) }},
	"replay-current-price": {between: changePrices},
	"running-as-200":       {change: slow}, "key-race": {change: slow}, "lock-expires": {change: slow},
	"order-repriced":      {during: changePrices},
	"refused-then-bought": {between: func(m *market.Market) { m.Restock(2, 30); m.Restock(3, 30) }},
	"key-expires":         {between: func(*market.Market) { time.Sleep(400 * time.Millisecond) }},
	"charge-int32":        {change: func(o *market.Options) { o.Fixture.Products[0].Price = 1 << 33 }},
}

// probabilities are those of bugs whose effect is often hidden: the answer is lost, or the
// purchase is cancelled.
var probabilities = map[string]float64{"answers-other-order": .3, "order-unreadable": .2, "reserves-wrong-product": .3, "running-as-200": 1, "lock-expires": 1, "refused-then-bought": 1, "partial-sale": 1}

// slow makes purchases so long that more of a key meet.
func slow(o *market.Options) { o.Delay = 4 * time.Millisecond }

// changePrices sets another price of each product.
func changePrices(m *market.Market) {
	for product := range int64(3) {
		m.SetPrice(product+1, 130+product)
	}
}

// keepChangingPrices changes them for a tenth of a second.
func keepChangingPrices(m *market.Market) {
	for i := range int64(100) {
		for product := range int64(3) {
			m.SetPrice(product+1, 100+i+product)
		}
		time.Sleep(time.Millisecond)
	}
}

// marketBugs are the bugs of the market.
func marketBugs() (list []bug) {
	for _, b := range market.Bugs() {
		list = append(list, bug{service: "market", name: b.Name, title: b.Title, causes: strings.Fields(causesOf[b.Name]), undetectable: undetectable[b.Name],
			trial: func(t testing.TB, seed uint64) (trial, func() int) {
				m, x := startMarket(t, circumstances[b.Name], seed, func(o *market.Options) {
					o.Bug = b.Name
					if b.Probability == 0 && b.Class == "answer lies" {
						o.BugProbability = .3 // some answers are lost on their way
					}
					if p := probabilities[b.Name]; p > 0 {
						o.BugProbability = p
					}
				})
				switch b.Name {
				case "charge-int32":
					x.fixture = expensive()
				case "stock-race", "last-piece": // no refusal for money, which may have held the stock
					x.fixture = rich()
				case "last-money":
					x.fixture = exact()
				case "overloaded-though-done":
					x.once = true
				case "in-progress-not-begun":
					x.once, x.attempts = true, 1
				case "disconnect-frees-key":
					x.timeout = 4 * time.Millisecond
				}
				return x, m.Struck
			}})
	}
	return list
}

// expensive is scarce with a product whose price needs more than 32 bits.
func expensive() purchase.Fixture {
	f := scarce()
	f.Products[0].Price = 1 << 33
	for i := range f.Users {
		f.Users[i].Balance <<= 30
	}
	return f
}

// rich is scarce with users who can pay for everything: what is sold is not given back.
func rich() purchase.Fixture {
	f := scarce()
	for i := range f.Users {
		f.Users[i].Balance = 1_000_000
	}
	return f
}

// exact is scarce with prices and balances that come out even, so that a balance is often
// exactly enough.
func exact() purchase.Fixture {
	f := scarce()
	for i := range f.Products {
		f.Products[i].Price = 100
	}
	for i := range f.Users {
		f.Users[i].Balance = int64(i+1) * 200
	}
	return f
}

// TestEveryBugHasItsCause: each bug has rules that have to find it, or a reason why none
// can.
func TestEveryBugHasItsCause(t *testing.T) {
	known := map[string]bool{}
	for _, b := range market.Bugs() {
		known[b.Name] = true
		if (causesOf[b.Name] == "") == (undetectable[b.Name] == "") {
			t.Errorf("%s (%s): want either rules that find it or a reason why none can", b.Name, b.Title)
		}
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(causesOf)), slices.Collect(maps.Keys(undetectable)), slices.Collect(maps.Keys(circumstances)), slices.Collect(maps.Keys(probabilities))) {
		if !known[name] {
			t.Errorf("there is no bug %s", name)
		}
	}
}

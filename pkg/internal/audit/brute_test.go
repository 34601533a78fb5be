package audit

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// small is one purchase of a small history: product 1 at a price of 1, user 1.
type small struct {
	from, to, quantity int64
	end                string // a reason, "" for confirmed
}

// randomSmall draws a history without regard to whether it is legal.
func randomSmall(r *rand.Rand, n int, sequential bool) (stock int64, list []small) {
	ends := []string{"", "", "", "out_of_stock", "out_of_stock", "withdrawn", "eof"}
	now := int64(0)
	for range n {
		p := small{from: r.Int64N(12), quantity: 1 + r.Int64N(3), end: ends[r.IntN(len(ends))]}
		p.to = p.from + r.Int64N(8)
		if sequential {
			p.from, p.to, now = now+1, now+2, now+3
			if p.end == "eof" {
				p.end = ""
			}
		}
		list = append(list, p)
	}
	return r.Int64N(6), list
}

// asEvidence records a small history.
func asEvidence(stock int64, list []small) Evidence {
	s := runs.Stage{Info: runs.Info{Stage: "small", State: runs.Complete, Started: moments(0), Requests: len(list)}}
	for i, p := range list {
		a := runs.Attempt{
			Index: int64(i), Number: 1, Key: fmt.Sprint("k", i), StartTS: moments(p.from * 1e6), LatencyMS: float64(p.to - p.from),
			Sent: true, Reason: p.end, Status: map[string]int64{"": 201, "out_of_stock": 409, "withdrawn": 410}[p.end], OrderID: fmt.Sprint("o", i),
		}
		if p.end == "eof" {
			a.Class, a.OrderID = "eof", ""
		}
		s.Attempts = append(s.Attempts, a)
		s.Operations = append(s.Operations, runs.Operation{Index: int64(i), Key: a.Key, UserID: 1, ProductID: 1, Quantity: p.quantity, Attempts: 1})
	}
	return Evidence{Stages: []runs.Stage{s}, Sealed: true, Fixture: &purchase.Fixture{
		Products: []purchase.FixtureProduct{{ProductID: 1, Price: 1, Stock: stock}}, Users: []purchase.FixtureUser{{UserID: 1, Balance: 1 << 40}},
	}}
}

// asMoney is the same history with money in the part of stock.
func asMoney(e Evidence, initial int64) Evidence {
	s := e.Stages[0]
	s.Attempts = append([]runs.Attempt{}, s.Attempts...)
	for i := range s.Attempts {
		if s.Attempts[i].Reason == "out_of_stock" {
			s.Attempts[i].Reason, s.Attempts[i].Status = "insufficient_balance", 402
		}
	}
	return Evidence{Stages: []runs.Stage{s}, Sealed: true, Fixture: &purchase.Fixture{
		Products: []purchase.FixtureProduct{{ProductID: 1, Price: 1, Stock: 1 << 40}}, Users: []purchase.FixtureUser{{UserID: 1, Balance: initial}},
	}}
}

// happening is one effect of a purchase for the brute-force search.
type happening struct {
	from, to int64
	change   int64 // of the stock
	below    int64 // it needs a stock below this, 0: no such need
	after    int   // index+1 of the happening that has to come before it, 0: none
}

// explainable searches all orders of effects for one that explains the answers.
func explainable(stock int64, list []small) bool {
	const long = 1000
	var variants func(i int, all []happening) bool
	variants = func(i int, all []happening) bool {
		if i == len(list) {
			return ordered(stock, all, 0)
		}
		p := list[i]
		switch p.end {
		case "":
			return variants(i+1, append(all, happening{p.from, p.to, -p.quantity, 0, 0}))
		case "out_of_stock":
			return variants(i+1, append(all, happening{p.from, p.to, 0, p.quantity, 0}))
		case "eof":
			return variants(i+1, all) || variants(i+1, append(all, happening{p.from, long, -p.quantity, 0, 0})) ||
				variants(i+1, append(all, happening{p.from, long, -p.quantity, 0, 0}, happening{p.from, long, p.quantity, 0, len(all) + 1}))
		}
		return variants(i+1, all) || variants(i+1, append(all,
			happening{p.from, p.to, -p.quantity, 0, 0}, happening{p.from, p.to, p.quantity, 0, len(all) + 1}))
	}
	return variants(0, nil)
}

// ordered tries all orders of what is not in done, a set of bits.
func ordered(stock int64, all []happening, done uint32) bool {
	if done == 1<<len(all)-1 {
		return true
	}
next:
	for i, h := range all {
		if done&(1<<i) != 0 || h.after > 0 && done&(1<<(h.after-1)) == 0 || h.below > 0 && stock >= h.below || stock+h.change < 0 {
			continue
		}
		for j, other := range all {
			if done&(1<<j) == 0 && j != i && other.to < h.from {
				continue next // other was over before this one began
			}
		}
		if ordered(stock+h.change, all, done|1<<i) {
			return true
		}
	}
	return false
}

// The interval rules are sound on any history: what they call violated no order
// of effects explains. They are complete where purchases come one after another;
// where they overlap, the search sees more.
func TestRulesAgreeWithBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	illegal, caught := 0, 0
	for n := range 6000 {
		sequential := n%3 == 0
		stock, list := randomSmall(r, 1+r.IntN(6), sequential)
		legal := explainable(stock, list)
		e := asEvidence(stock, list)
		alarms := map[string]bool{
			"S1 or S2": Judge(e, Options{}).ExitCode() == ExitViolated,
			"B1":       Judge(asMoney(e, stock), Options{}).ExitCode() == ExitViolated,
		}
		for rule, alarm := range alarms {
			if alarm && legal || sequential && alarm == legal {
				t.Fatalf("history %d, stock %d, %+v: %s violated %v, explainable %v", n, stock, list, rule, alarm, legal)
			}
		}
		if !legal {
			illegal++
			if alarms["S1 or S2"] {
				caught++
			}
		}
	}
	if illegal < 1000 || caught < illegal/2 {
		t.Errorf("%d of %d illegal histories caught, want at least 1000 and half of them", caught, illegal)
	}
	t.Logf("%d of %d illegal histories caught by the interval rules", caught, illegal)
}

// The rules' sweeps count what the formulas in the specification count when they
// are worked out one pair of purchases at a time.
func TestSweepsAgreeWithTheFormulas(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	violations := 0
	for n := range 300 {
		stock, list := randomSmall(r, 100, false)
		stock *= int64(1 + r.IntN(20))
		e := asEvidence(stock, list)
		want := 0
		for i, op := range list {
			if op.end != "out_of_stock" {
				continue
			}
			left := stock
			for j, x := range list {
				held := x.end == "" || x.end == "eof" || x.end != "out_of_stock" && x.to >= op.from
				if x.from <= op.to && held && j != i {
					left -= x.quantity
				}
			}
			if left >= op.quantity {
				want++
			}
		}
		violations += want
		if got := Judge(e, Options{}).Verdict("S2").Count; got != want {
			t.Fatalf("history %d: S2 counts %d violations, the formula %d", n, got, want)
		}
	}
	if violations < 100 {
		t.Errorf("%d violations in all histories, want at least 100", violations)
	}
}

func TestSecondOpinionAgreesWithBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	seen := map[Answer]int{}
	for n := range 1500 {
		stock, list := randomSmall(r, 1+r.IntN(6), false)
		legal := explainable(stock, list)
		want := Holds
		if !legal {
			want = Violated
		}
		for i, o := range []LinearizabilityResult{
			CheckLinearizability(asEvidence(stock, list), Options{}, time.Hour)[0],
			CheckLinearizability(asMoney(asEvidence(stock, list), stock), Options{}, time.Hour)[1],
		} {
			if o.Answer == NotExercised && legal {
				continue
			}
			seen[o.Answer]++
			if o.Answer != want {
				t.Fatalf("history %d (%d), stock %d, %+v: %s says %s, want %s", n, i, stock, list, o.Resource, o.Answer, want)
			}
		}
	}
	if seen[Holds] < 100 || seen[Violated] < 100 {
		t.Errorf("answers %v, want at least 100 of both", seen)
	}
}

package shop_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/internal/shop/defect"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// one is the purchase that most plays are made of.
func one() purchase.Request {
	return purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}
}

// small is a fixture of one user who buys, another with as much money, and one product at a
// price of 100.
func small(balance, stock int64) purchase.Fixture {
	return purchase.Fixture{
		Users:    []purchase.FixtureUser{{UserID: 1, Balance: balance}, {UserID: 2, Balance: balance}},
		Products: []purchase.FixtureProduct{{ProductID: 1, Price: 100, Stock: stock}},
	}
}

var (
	rich     = small(1_000_000, 1_000_000)
	lowStock = small(1_000_000, 6)
	lastFew  = small(1_000_000, 3) // fewer than come at once
	lowMoney = small(600, 1_000_000)
)

const purchases, clients = 12, 6

// plain buys, with nothing in the way.
func plain(seed uint64) []part {
	return []part{{Stage: load.Stage{Name: "plain", Requests: purchases, VUs: clients}, order: one(), policy: patient()}}
}

// lossy loses replies, so that purchases are asked for again under their keys.
func lossy(seed uint64) []part {
	p := plain(seed)
	p[0].faults = fault.Plan{Seed: seed, Windows: []fault.Window{{To: fault.MaxTime, Fault: fault.DropReply, Probability: 0.6}}}
	return p
}

// insistent asks for every purchase a second time although it was answered.
func insistent(seed uint64) []part {
	p := plain(seed)
	p[0].twice = true
	return p
}

// many buys more often than keyForgotten remembers.
func many(seed uint64) []part {
	p := plain(seed)
	p[0].Requests = 8 * purchases
	return p
}

// reusing uses keys for two different purchases.
func reusing(seed uint64) (parts []part) {
	for i := range 3 {
		for quantity := range int64(2) {
			o := one()
			o.IdempotencyKey, o.Quantity = fmt.Sprintf("reused-%d-%d", seed, i), quantity+1
			parts = append(parts, part{Stage: load.Stage{Name: "reusing", Requests: 1, VUs: 1}, order: o, policy: patient()})
		}
	}
	return parts
}

// stages are the fixture and the stages in which a defect can show; a rich fixture and
// plain load when not listed.
var stages = map[defect.Defect]struct {
	fixture purchase.Fixture
	parts   func(seed uint64) []part
}{
	defect.SecondOrder:       {rich, lossy},
	defect.FlippedOutcome:    {rich, insistent},
	defect.OtherRefusal:      {lowStock, plain},
	defect.KeyReuseAccepted:  {rich, reusing},
	defect.KeyForgotten:      {rich, many},
	defect.Oversell:          {lastFew, plain},
	defect.Overspend:         {lowMoney, lossy},
	defect.OrphanReservation: {lowMoney, lossy},
	defect.YesButCancelled:   {lowStock, plain},
	defect.NullCompensation:  {lowStock, lossy},
	defect.HangingStep:       {lowMoney, lossy},
	defect.DoubleCharge:      {rich, lossy},
	defect.DoubleStep:        {rich, lossy},
}

// sums are defects by which a sum is exceeded: the rule blames whom it was exceeded
// with by the order of the answers, and that may be another purchase.
var sums = []defect.Defect{defect.Oversell, defect.Overspend}

// TestDefectMatrix runs every defect until it has had an effect, and wants the audit to find
// it, and to name a purchase that it affected; package accuracy counts how often that is so.
// It prints which rules found it:
//
//	go test ./pkg/internal/shop -run TestDefectMatrix -v
func TestDefectMatrix(t *testing.T) {
	var mu sync.Mutex
	rows := map[defect.Defect]tally{}
	t.Run("defects", func(t *testing.T) {
		for _, d := range defect.Known() {
			t.Run(string(d.Name), func(t *testing.T) {
				t.Parallel()
				n := try(t, d)
				mu.Lock()
				defer mu.Unlock()
				rows[d.Name] = n
			})
		}
	})
	t.Log("\n" + table(rows))
}

// mostRuns is how many runs a defect gets to have an effect.
const mostRuns = 10

// tally is what came of a defect's runs.
type tally struct {
	effective int            // runs in which the defect had an effect
	violated  map[string]int // in how many of these each rule was violated
}

func try(t *testing.T, d defect.Info) tally {
	c := shop.Config{Defects: []defect.Defect{d.Name}}
	switch d.Name {
	case defect.StuckSaga: // a stuck saga never ends, so no wait for it
		c.Wait = 20 * time.Millisecond
	case defect.Oversell: // sagas that take a while come together at the last piece
		c.Trouble.Delay = 5 * time.Millisecond
	}
	s := newStand(t, c)
	n := tally{violated: map[string]int{}}
	for seed := uint64(0); seed < mostRuns && n.effective == 0; seed++ {
		report := s.judged(d, seed)
		struck := s.shop.Struck(d.Name)
		if len(struck) == 0 {
			if v := violated(report); len(v) > 0 {
				t.Errorf("seed %d: %s had no effect, but %v are violated\n%s", seed, d.Name, v, report)
			}
			continue
		}
		n.effective++
		for _, rule := range violated(report) {
			n.violated[rule]++
		}
		if v := report.Verdict(d.Rule); v.Answer != audit.Violated {
			t.Errorf("seed %d: %s struck %v, but %s is %s\n%s", seed, d.Name, struck, d.Rule, v.Answer, report)
		} else if !slices.Contains(sums, d.Name) && !meant(v, struck) {
			t.Errorf("seed %d: %s struck %v, but %s names none of them:\n%s", seed, d.Name, struck, d.Rule, v.Details())
		}
	}
	if n.effective == 0 {
		t.Errorf("%s had no effect in %d runs", d.Name, mostRuns)
	}
	return n
}

// judged is one run's report.
func (s *stand) judged(d defect.Info, seed uint64) audit.Report {
	p := play{seed: seed + 1, fixture: rich, parts: plain(seed)}
	if special, listed := stages[d.Name]; listed {
		p.fixture, p.parts = special.fixture, special.parts(seed)
	}
	run := s.run(p)
	stuck := map[string]bool{}
	for _, id := range s.shop.Struck(defect.StuckSaga) {
		stuck[id] = true
	}
	s.rest(stuck)
	var looks []audit.Sample
	if d.Rule == "C6" || d.Rule == "C7" { // which only a second read shows
		looks = s.look(p.fixture, 3)
	}
	e := s.evidence(run, 0)
	e.Samples = append(e.Samples, looks...)
	if d.Rule == "K5" {
		if err := observe.AskAgain(s.t.Context(), s.client, run, &e, purchases, time.Second); err != nil {
			s.t.Fatal(err)
		}
	}
	// What is not at its end by now will never be: there is nothing to wait for.
	return audit.Judge(e, audit.Options{Settle: 1})
}

// meant reports whether a counterexample is about something that was struck, as
// far as it names an order.
func meant(v audit.Verdict, struck []string) bool {
	named := false
	for _, c := range []*audit.Counterexample{v.First, v.Worst, v.Last} {
		if slices.Contains(struck, c.OrderID) {
			return true
		}
		named = named || c.OrderID != ""
	}
	return !named
}

// ruleNames are those of all rules, in the order of their ids.
func ruleNames() (names []string) {
	for _, v := range audit.Judge(audit.Evidence{}, audit.Options{}).Verdicts {
		names = append(names, v.Rule)
	}
	return names
}

// table is the matrix: in how many of the runs with an effect each rule was
// violated; the rule that had to be is in brackets.
func table(rows map[defect.Defect]tally) string {
	var b strings.Builder
	rules := ruleNames()
	w := tabwriter.NewWriter(&b, 0, 0, 1, ' ', 0)
	fmt.Fprintf(w, "defect\tfound\t%s\n", strings.Join(rules, "\t"))
	for _, d := range defect.Known() {
		n, ran := rows[d.Name]
		if !ran {
			continue
		}
		fmt.Fprintf(w, "%s\t%d of %d", d.Name, n.violated[d.Rule], n.effective)
		for _, rule := range rules {
			cell := "·"
			if n.violated[rule] > 0 {
				cell = fmt.Sprint(n.violated[rule])
			}
			if rule == d.Rule {
				cell = "[" + cell + "]"
			}
			fmt.Fprintf(w, "\t%s", cell)
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return b.String()
}

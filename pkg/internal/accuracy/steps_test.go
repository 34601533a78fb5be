package accuracy

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/purchase"
)

// stepStyle is a way in which a shop with steps may work.
type stepStyle struct {
	name   string
	change func(*stepshop.Options)
}

// stepStyles are correct shops.
var stepStyles = []stepStyle{
	{"at once", func(*stepshop.Options) {}},
	{"settles later", func(o *stepshop.Options) { o.Settle = 30 * time.Millisecond }},
	{"carts hold stock", func(o *stepshop.Options) { o.CartHolds = true }},
	{"carts hold and expire", func(o *stepshop.Options) {
		o.CartHolds, o.CartLife, o.Settle = true, 300*time.Millisecond, 20*time.Millisecond
	}},
	{"carts are listed", func(o *stepshop.Options) { o.Drafts, o.CartHolds = true, true }},
	{"tokens end", func(o *stepshop.Options) { o.TokenUses, o.Settle = 7, 10*time.Millisecond }},
	{"takes its time", func(o *stepshop.Options) { o.Work, o.Settle = 5*time.Millisecond, 20*time.Millisecond }},
}

// startStepShop starts a shop with scarce stock and money, and returns the trial of it.
func startStepShop(t testing.TB, seed uint64, change ...func(*stepshop.Options)) trial {
	t.Helper()
	o := stepshop.Options{Users: 8, Products: 3, Stock: 90, Price: 100, Balance: 4000}
	for _, c := range change {
		c(&o)
	}
	s := stepshop.Start(o)
	t.Cleanup(s.Close)
	f := purchase.Fixture{}
	for i := range o.Products {
		f.Products = append(f.Products, purchase.FixtureProduct{ProductID: purchase.ID(i + 1), Price: o.Price, Stock: o.Stock})
	}
	for i := range o.Users {
		f.Users = append(f.Users, purchase.FixtureUser{UserID: purchase.ID(i + 1), Balance: o.Balance})
	}
	times := purchase.PollTimes{First: 5 * time.Millisecond, Most: 20 * time.Millisecond, For: 300 * time.Millisecond}
	return trial{address: s.URL(), seed: seed, fixture: f, sole: true, settle: time.Second, foreign: true, adapter: stepshop.Adapter{Times: times}}
}

// TestCorrectStepShops: no correct shop at which a purchase takes a login, a cart, an item and a
// payment, which may settle later, is called violated; and the rules hold in some of the runs.
func TestCorrectStepShops(t *testing.T) {
	var mu sync.Mutex
	held := map[string]int{}
	t.Run("runs", func(t *testing.T) {
		for i := range max(2*len(stepStyles), *correctRuns/2) {
			s := stepStyles[i%len(stepStyles)]
			t.Run(fmt.Sprintf("%s/%d", s.name, i), func(t *testing.T) {
				t.Parallel()
				x := startStepShop(t, uint64(i)+1, s.change)
				r, _ := x.run(t)
				if bad := violated(r); len(bad) > 0 {
					t.Errorf("%v called violated\n%s", bad, r)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, v := range r.Verdicts {
					if v.Answer == audit.Holds {
						held[v.Rule]++
					}
				}
			})
		}
	})
	for _, rule := range []string{"K1", "K2", "K4", "K5", "S1", "B1", "C1", "C2", "C3", "C4", "C5", "C8"} {
		if held[rule] == 0 {
			t.Errorf("%s held in none of the runs, so that nothing was tested of it", rule)
		}
	}
	t.Logf("runs in which each rule held: %v", held)
}

// TestStepShopDefects: each defect is found by a rule that names it.
func TestStepShopDefects(t *testing.T) {
	for defect, want := range map[stepshop.Defect][]string{
		stepshop.DoubleOrder:  {"K1"},
		stepshop.PaysAgain:    {"C3"},
		stepshop.ChargesTwice: {"C3"},
		stepshop.LostOrder:    {"C8", "C4"},
		stepshop.StatusFlips:  {"C4"},
		stepshop.NeverSettles: {"C5"},
		stepshop.ItemTwice:    {"C4", "C3"},
	} {
		t.Run(string(defect), func(t *testing.T) {
			t.Parallel()
			x := startStepShop(t, 5, func(o *stepshop.Options) {
				o.Defect, o.Every, o.Stock, o.Balance = defect, 4, 10_000, 1_000_000
				if o.Settle = 30 * time.Millisecond; defect == stepshop.DoubleOrder || defect == stepshop.ItemTwice || defect == stepshop.PaysAgain {
					o.Every = 1
				}
			})
			r, _ := x.run(t)
			if bad := violated(r); !slices.ContainsFunc(bad, func(rule string) bool { return slices.Contains(want, rule) }) {
				t.Errorf("violated: %v, want one of %v\n%s", bad, want, r)
			} else {
				t.Logf("violated: %v", bad)
			}
		})
	}
}

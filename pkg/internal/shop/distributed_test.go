package shop_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/internal/shop/defect"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// distributedStand is a stand whose stock and payments answer by HTTP, behind calls that fail.
type distributedStand struct {
	*stand
	calls *failingCalls
}

func newDistributedStand(t *testing.T, c shop.Config, timeout time.Duration) distributedStand {
	t.Helper()
	c.DB = filepath.Join(t.TempDir(), "shop.db")
	calls := newFailingCalls()
	c.Remote = shop.StartParticipants(t, c.DB, c.Defects, calls.before)
	c.Remote.Stock.Timeout, c.Remote.Payments.Timeout = timeout, timeout
	c.Retry = 5 * time.Millisecond
	c.Logger = slog.New(slog.DiscardHandler)
	return distributedStand{newStand(t, c), calls}
}

// world is a few purchases at once and what goes wrong with their calls.
type world struct {
	fixture   purchase.Fixture
	purchases int
	failures  []failure
}

// judge plays a world and returns the report on it.
func (s distributedStand) judge(w world) audit.Report {
	s.t.Helper()
	s.calls.expect(w.failures...)
	run := s.run(play{seed: 1, fixture: w.fixture, parts: []part{{
		Stage: load.Stage{Name: "small", Requests: w.purchases, VUs: w.purchases}, order: one(), policy: patient()}}})
	s.rest(nil)
	for _, f := range w.failures { // the second of such calls may come when all is at rest
		if f.how == twiceLate {
			<-s.calls.ended(f.call)
		}
	}
	return audit.Judge(s.evidence(run, 0), audit.Options{Settle: time.Millisecond})
}

// worlds are those in which each defect that lies between processes shows.
var worlds = map[defect.Defect][]world{
	defect.RetryReservesTwice:      {{rich, 1, []failure{{1, "reserve", 1, replyLost}}}, {rich, 1, []failure{{1, "reserve", 1, twice}}}},
	defect.ReleaseTwice:            {{small(50, 10), 1, []failure{{1, "release", 1, replyLost}}}, {small(50, 10), 1, []failure{{1, "release", 1, twice}}}},
	defect.SellTwice:               {{rich, 1, []failure{{1, "sell", 1, replyHangs}}}, {rich, 2, []failure{{2, "sell", 1, twice}}}},
	defect.SellLostReply:           {{rich, 1, []failure{{1, "sell", 1, replyLost}}}, {rich, 1, []failure{{1, "sell", 1, requestLost}}}},
	defect.RetryChargesTwice:       {{rich, 1, []failure{{1, "charge", 1, replyLost}}}, {rich, 2, []failure{{2, "charge", 1, replyHangs}}}},
	defect.LostCompensation:        {{rich, 1, []failure{{1, "charge", 1, replyLost}}}, {rich, 1, []failure{{1, "charge", 1, replyHangs}}}},
	defect.UnavailableTakenForDone: {{rich, 1, []failure{{1, "charge", 1, unavailable}}}},
	defect.RefundTwice:             {{rich, 1, []failure{{1, "charge", 1, replyLost}, {1, "refund", 1, replyLost}}}},
	defect.LateCharge:              {{rich, 1, []failure{{1, "charge", 1, requestLost}}}, {rich, 1, []failure{{1, "charge", 1, twiceLate}}}},
	defect.LateReply:               {{rich, 1, []failure{{1, "charge", 1, replyLost}}}, {rich, 2, []failure{{2, "charge", 1, replyHangs}}}},
	defect.ReleaseOfAnother:        {{rich, 2, []failure{{1, "charge", 1, held}, {2, "reserve", 1, unavailable}}}},
}

// TestDistributedDefects plays, for each defect that lies between processes, its worlds: without
// failures no rule is violated, with them the defect's is, and with the same failures the
// service without the defect keeps every rule.
func TestDistributedDefects(t *testing.T) {
	for _, d := range defect.Distributed() {
		t.Run(string(d.Name), func(t *testing.T) {
			t.Parallel()
			if len(worlds[d.Name]) == 0 {
				t.Fatal("no world shows it")
			}
			timeout := 150 * time.Millisecond
			if d.Name == defect.ReleaseOfAnother { // a call is held until another one, and not longer
				timeout = time.Minute
			}
			bad := newDistributedStand(t, shop.Config{Defects: []defect.Defect{d.Name}}, timeout)
			good := newDistributedStand(t, shop.Config{GiveUpAfter: defect.GiveUpAfter([]defect.Defect{d.Name})}, timeout)
			for _, w := range worlds[d.Name] {
				quiet := w
				quiet.failures = nil
				if v := violated(bad.judge(quiet)); len(v) > 0 {
					t.Errorf("without failures %v are violated", v)
				}
				if r := good.judge(w); len(violated(r)) > 0 {
					t.Errorf("with %v the service without the defect violates %v:\n%s", w.failures, violated(r), r)
				}
				if n := good.calls.happened(); n != len(w.failures) {
					t.Errorf("of %v %d happened", w.failures, n)
				}
				r := bad.judge(w)
				if !slices.Contains(violated(r), d.Rule) {
					t.Errorf("with %v %s is not among the violated %v:\n%s", w.failures, d.Rule, violated(r), r)
				}
				t.Logf("with %v violated: %s", w.failures, strings.Join(violated(r), " "))
			}
		})
	}
}

// TestDefectsOfParticipants: what is wrong inside of the stock and the payments is wrong in
// processes of their own as well. LostRefund is in both.
func TestDefectsOfParticipants(t *testing.T) {
	for _, name := range []defect.Defect{
		defect.Overspend, defect.OrphanReservation, defect.DoubleCharge, defect.LostRefund, defect.WrongCustomer, defect.HangingStep, defect.DoubleStep,
	} {
		t.Run(string(name), func(t *testing.T) {
			t.Parallel()
			i := slices.IndexFunc(defect.Known(), func(d defect.Info) bool { return d.Name == name })
			d := defect.Known()[i]
			s := newDistributedStand(t, shop.Config{Defects: []defect.Defect{name}}, 0)
			var found []string
			for seed := uint64(0); seed < mostRuns && !slices.Contains(found, d.Rule); seed++ {
				found = violated(s.judged(d, seed))
			}
			if !slices.Contains(found, d.Rule) {
				t.Errorf("%s is not among the violated %v", d.Rule, found)
			}
		})
	}
}

// TestNoFalseAlarmOverHTTP: whatever happens to calls, the correct service keeps every rule,
// whether it gives up or not.
func TestNoFalseAlarmOverHTTP(t *testing.T) {
	kinds := []string{replyLost, twice, unavailable, requestLost, replyHangs}
	names := []string{"reserve", "release", "sell", "charge", "refund"}
	for giveUpAfter := range 3 {
		t.Run(fmt.Sprint("giving up after ", giveUpAfter), func(t *testing.T) {
			t.Parallel()
			s := newDistributedStand(t, shop.Config{GiveUpAfter: giveUpAfter}, 60*time.Millisecond)
			happened := 0
			for seed := range uint64(25) {
				rng := rand.New(rand.NewPCG(seed, uint64(giveUpAfter)))
				w := world{fixture: small(50+100*rng.Int64N(4), 1+rng.Int64N(4)), purchases: 1 + rng.IntN(4)}
				for range 1 + rng.IntN(6) {
					w.failures = append(w.failures, failure{1 + rng.IntN(w.purchases), names[rng.IntN(len(names))], 1 + rng.IntN(3), kinds[rng.IntN(len(kinds))]})
				}
				r := s.judge(w)
				if v := violated(r); len(v) > 0 {
					t.Errorf("seed %d: with %v %v are violated:\n%s", seed, w, v, r)
				}
				happened += s.calls.happened()
			}
			if happened == 0 {
				t.Error("no call failed")
			}
			t.Logf("%d calls failed", happened)
		})
	}
}

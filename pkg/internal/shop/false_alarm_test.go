package shop_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/internal/shop/defect"
	"sagalab/pkg/internal/testing/postgres"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

const (
	// alarmRuns is how many random runs TestNoFalseAlarms makes by itself;
	// alarmRunsVariable in the environment asks for another number.
	alarmRuns         = 100
	alarmRunsVariable = "SAGALAB_ALARM_RUNS"
	// alarmShare is how many runs share a shop, and so its trouble.
	alarmShare = 5
)

// TestNoFalseAlarms loads the correct shop at random: scarce fixtures, faults on the
// wire, to requests and inside, keys asked for again, used again, or new for each
// attempt. No rule may be violated; a client that takes new keys buys twice by
// its own fault, which is all that the audit may say then (C3). Every fourth shop is
// on PostgreSQL.
func TestNoFalseAlarms(t *testing.T) {
	n := alarmRuns
	if text := os.Getenv(alarmRunsVariable); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 {
			t.Fatalf("%s is %q, want a number of runs", alarmRunsVariable, text)
		}
	}
	all := census{held: map[string]int{}}
	t.Run("shops", func(t *testing.T) {
		for from := 0; from < n; from += alarmShare {
			t.Run(fmt.Sprint("from seed ", from), func(t *testing.T) {
				t.Parallel()
				c := randomShop(uint64(from))
				if from/alarmShare%4 == 3 {
					c.DB = postgres.Shared(t).Database(t)
				}
				s := newStand(t, c)
				for seed := from; seed < min(from+alarmShare, n); seed++ {
					s.unalarmed(randomPlay(uint64(seed)), &all)
				}
			})
		}
	})
	t.Logf("no false alarm in %d random runs: %d answers confirmed, %d refused, %d were unclear; %d runs of clients with new keys bought twice\nruns in which each rule held: %v",
		all.runs, all.bought, all.refused, all.unclear, all.twice, all.held)
	if all.bought == 0 || all.refused == 0 || all.unclear == 0 {
		t.Error("the runs do not exercise what they are to")
	}
}

// census counts what happened in random runs.
type census struct {
	mu                                    sync.Mutex
	runs, bought, refused, unclear, twice int
	held                                  map[string]int
}

// unalarmed plays and wants no rule to be violated.
func (s *stand) unalarmed(p play, c *census) {
	run := s.run(p)
	e := s.evidence(run, time.Minute)
	e.Samples = append(e.Samples, s.look(p.fixture, 2)...)
	report := audit.Judge(e, audit.Options{})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs++
	for _, v := range report.Verdicts {
		switch {
		case v.Answer == audit.Holds:
			c.held[v.Rule]++
		case v.Answer != audit.Violated:
		case p.newKeys() && boughtTwice(v):
			c.twice++
		default:
			s.t.Errorf("seed %d: %s is violated by a correct shop\n%+v\n%s", p.seed-1, v.Rule, p, report)
		}
	}
	for _, stage := range e.Stages {
		for _, a := range stage.Attempts {
			switch {
			case a.Reason == "":
				c.bought++
			case a.Reason == string(purchase.InsufficientBalance) || a.Reason == string(purchase.OutOfStock):
				c.refused++
			default:
				c.unclear++
			}
		}
	}
}

func (p play) newKeys() bool {
	for _, part := range p.parts {
		if part.policy.NewKeyPerAttempt {
			return true
		}
	}
	return false
}

// boughtTwice reports whether all that a verdict of C3 blames is that attempts of
// one operation carried different keys.
func boughtTwice(v audit.Verdict) bool {
	if v.Rule != "C3" {
		return false
	}
	for _, c := range []*audit.Counterexample{v.First, v.Worst, v.Last} {
		if !strings.Contains(c.Says, "different keys") {
			return false
		}
	}
	return true
}

// randomShop is a shop with trouble inside.
func randomShop(seed uint64) shop.Config {
	rng := rand.New(rand.NewPCG(seed, 2))
	maybe := func(most float64) float64 {
		if rng.IntN(3) == 0 {
			return 0
		}
		return rng.Float64() * most
	}
	c := shop.Config{Seed: seed, MaxInProgress: 4 + rng.IntN(30), Wait: time.Duration(1+rng.IntN(200)) * time.Millisecond}
	c.Trouble = defect.Trouble{
		LostReply: maybe(0.15), Duplicate: maybe(0.5), FailedUndo: rng.IntN(2),
		Delay: time.Duration(rng.IntN(3)) * time.Millisecond,
	}
	if rng.IntN(2) == 0 {
		from := time.Duration(rng.IntN(50)) * time.Millisecond
		c.Trouble.Outages = []defect.Outage{{
			Participant: []string{defect.ParticipantStock, defect.ParticipantPayments, defect.ParticipantOrders}[rng.IntN(3)],
			From:        from, To: from + time.Duration(1+rng.IntN(60))*time.Millisecond,
		}}
	}
	return c
}

// randomPlay is a fixture of one to three users and products, most of them scarce,
// and a few stages on it.
func randomPlay(seed uint64) play {
	rng := rand.New(rand.NewPCG(seed, 3))
	p := play{seed: seed + 1}
	for id := range 1 + rng.Int64N(2) {
		p.fixture.Users = append(p.fixture.Users, purchase.FixtureUser{UserID: purchase.ID(id + 1), Balance: rng.Int64N(6000)})
		p.fixture.Products = append(p.fixture.Products, purchase.FixtureProduct{ProductID: purchase.ID(id + 1), Price: 1 + rng.Int64N(300), Stock: rng.Int64N(40)})
	}
	newKeys := rng.IntN(4) == 0
	for i := range 2 + rng.IntN(2) {
		user := 1 + rng.Int64N(int64(len(p.fixture.Users)))
		x := part{
			Stage:  load.Stage{Name: fmt.Sprint("stage ", i), Requests: 4 + rng.IntN(10), VUs: 2 + rng.IntN(6)},
			order:  purchase.Request{UserID: purchase.ID(user), ProductID: purchase.ID(1 + rng.Int64N(int64(len(p.fixture.Products)))), Quantity: 1 + rng.Int64N(3), PaymentMethodID: purchase.ID(user)},
			faults: randomFaults(rng),
			policy: randomPolicy(rng),
			twice:  rng.IntN(3) == 0,
		}
		x.policy.NewKeyPerAttempt = newKeys
		p.parts = append(p.parts, x)
	}
	for quantity := range rng.Int64N(3) { // one key for several purchases
		o := purchase.Request{UserID: 1, ProductID: 1, Quantity: 1 + quantity/2, PaymentMethodID: 1, IdempotencyKey: fmt.Sprint("reused ", seed)}
		p.parts = append(p.parts, part{Stage: load.Stage{Name: "reused", Requests: 1, VUs: 1}, order: o, policy: patient()})
	}
	return p
}

func randomPolicy(rng *rand.Rand) retry.Policy {
	p := patient()
	p.MaxAttempts = 1 + rng.IntN(5)
	p.RetryAfter = rng.IntN(2) == 0
	p.AttemptTimeout = time.Duration(30+rng.IntN(300)) * time.Millisecond
	return p
}

// randomFaults are up to three windows of what can happen to requests and
// connections. The service itself is never killed.
func randomFaults(rng *rand.Rand) fault.Plan {
	plan := fault.Plan{Seed: rng.Uint64()}
	for range rng.IntN(4) {
		from := time.Duration(rng.IntN(40)) * time.Millisecond
		w := fault.Window{From: from, To: from + time.Duration(10+rng.IntN(100))*time.Millisecond, Probability: 0.1 + 0.4*rng.Float64()}
		switch w.Fault = requestFaults[rng.IntN(len(requestFaults))]; w.Fault {
		case fault.Slow, fault.Hang, fault.HangReply, fault.Duplicate:
			w.Delay = time.Duration(1+rng.IntN(20)) * time.Millisecond
		case fault.WireRequestLost, fault.WireReplyLost, fault.WireResetRequest, fault.WireResetReply, fault.WireDown, fault.WireHang:
			w.Probability, w.To = 1, from+time.Duration(5+rng.IntN(25))*time.Millisecond
		case fault.WireReplyCut:
			w.Probability, w.Bytes = 1, 1+rng.Int64N(600)
		}
		plan.Windows = append(plan.Windows, w)
	}
	return plan
}

var requestFaults = []fault.Kind{
	fault.Unavailable, fault.Slow, fault.Stall, fault.DropRequest, fault.DropReply, fault.ResetRequest, fault.ResetReply,
	fault.Hang, fault.HangReply, fault.Duplicate, fault.DropReply, fault.ResetReply,
	fault.WireRequestLost, fault.WireReplyLost, fault.WireReplyCut, fault.WireHang, fault.WireResetRequest, fault.WireResetReply, fault.WireDown,
}

package audit

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// smallRun are circumstances that a search can take in.
func smallRun(seed uint64) simConfig {
	cfg := randomConfig(seed)
	cfg.ops, cfg.workers, cfg.poll = 25, 4, 0
	cfg.stock, cfg.balance = cfg.stock%15, 1_000_000
	return cfg
}

func TestLinearizabilityOfCorrectRuns(t *testing.T) {
	answers := map[Answer]int{}
	for seed := range uint64(60) {
		for _, o := range CheckLinearizability(simulate(smallRun(seed)).evidence(), Options{}, time.Second) {
			answers[o.Answer]++
			if o.Answer == Violated {
				t.Errorf("seed %d: %s of %d purchases is violated, want it legal", seed, o.Resource, o.Purchases)
			}
		}
	}
	if answers[Holds] < 20 {
		t.Errorf("answers %v, want at least 20 searches that end", answers)
	}
}

func TestLinearizabilityFindsOverselling(t *testing.T) {
	found := 0
	for seed := range uint64(60) {
		cfg := smallRun(seed)
		cfg.defect, cfg.dropAfter, cfg.stock = "oversell", 0, 5
		s := simulate(cfg)
		e := s.evidence()
		if oversold(s, e) == 0 {
			continue
		}
		for _, o := range CheckLinearizability(e, Options{}, time.Second) {
			if o.Answer != Violated {
				continue
			}
			found++
			var page bytes.Buffer
			if err := o.View(&page); err != nil || !strings.Contains(page.String(), "<html") || !strings.Contains(page.String(), "takes") {
				t.Fatalf("seed %d: View: %v, %d bytes", seed, err, page.Len())
			}
		}
	}
	if found < 5 {
		t.Errorf("overselling found %d times, want at least 5", found)
	}
}

func TestLinearizabilityKnowsItsLimits(t *testing.T) {
	list := CheckLinearizability(crowded(2*MaxSearched), Options{}, 0)
	if o := list[0]; o.Answer != Unknown || !strings.Contains(o.Reason, "too many for the search") {
		t.Errorf("%d purchases: %s for %q, want unknown because they are too many", o.Purchases, o.Answer, o.Reason)
	}
	if err := list[0].View(io.Discard); !errors.Is(err, ErrNoView) {
		t.Errorf("View of no search = %v, want ErrNoView", err)
	}
	e := crowded(MaxSearched)
	if o := CheckLinearizability(e, Options{}, time.Nanosecond)[0]; o.Answer != Unknown || !strings.Contains(o.Reason, "did not end") {
		t.Errorf("a search of a nanosecond: %s for %q, want unknown because it did not end", o.Answer, o.Reason)
	}
	e.Fixture = nil
	if o := CheckLinearizability(e, Options{}, 0)[0]; o.Answer != Unknown || !strings.Contains(o.Reason, "not known") {
		t.Errorf("no fixture: %s for %q, want unknown because the stock is not known", o.Answer, o.Reason)
	}
	if got := CheckLinearizability(Evidence{}, Options{}, 0); len(got) != 0 {
		t.Errorf("CheckLinearizability of nothing = %v, want nothing", got)
	}
}

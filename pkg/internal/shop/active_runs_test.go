package shop

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/purchase"
)

// plentyText is the body of a PUT /lab/scenario.
func plentyText(t *testing.T) string {
	text, err := json.Marshal(purchase.Plenty())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestFixtureIsRefusedWhileARunIsActive, except under the run's own token, and until
// purchase.RunActive after its last purchase. Nothing has changed then.
func TestFixtureIsRefusedWhileARunIsActive(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db string) {
		plenty := purchase.Plenty()
		a := newAPI(t, serving(t, Config{DB: db, Lab: true, Fixture: &plenty}))
		testBusy(t, a, a, 0)
	})
}

// TestFixtureIsRefusedByOtherProcesses of one database, too.
func TestFixtureIsRefusedByOtherProcesses(t *testing.T) {
	t.Parallel()
	_, apis := several(t, 2, Config{Lab: true})
	wants(t, "a fixture before any run", apis[0].do("PUT", "/lab/scenario", plentyText(t)), 204, "")
	testBusy(t, apis[0], apis[1], time.Second)
}

// testBusy sends purchases to one process and fixtures to another.
func testBusy(t *testing.T, buyer, setter *api, longer time.Duration) {
	fixture := plentyText(t)
	buy := func(token string) {
		t.Helper()
		wants(t, "a purchase of "+token, buyer.do("POST", "/purchase", string(plain(1, 1, 1, "").Body("")), "Lab-Run", token), 201, "")
	}
	wants(t, "a purchase of no run", buyer.buy(plain(1, 1, 1, "")), 201, "")
	wants(t, "a fixture after a purchase of no run", setter.do("PUT", "/lab/scenario", fixture), 204, "")
	buy("A")
	for _, token := range []string{"", "B"} {
		r := setter.do("PUT", "/lab/scenario", fixture, "Lab-Run", token)
		wants(t, "a fixture of run "+token, r, 409, purchase.Busy)
		if r.status == 409 && r.header.Get("Retry-After") == "" {
			t.Error("409 busy without Retry-After")
		}
	}
	if n := len(buyer.orders(10)); n != 1 {
		t.Errorf("after refused fixtures there are %d orders, want 1", n)
	}
	wants(t, "a fixture of the run itself", setter.do("PUT", "/lab/scenario", fixture, "Lab-Run", "A"), 204, "")
	buy("A")
	buy("B")
	wants(t, "a fixture of one of two active runs", setter.do("PUT", "/lab/scenario", fixture, "Lab-Run", "A"), 409, purchase.Busy)
	wants(t, "a fixture of both active runs", setter.do("PUT", "/lab/scenario", fixture, "Lab-Run", "B,C, A"), 204, "")
	buy("A")
	last := time.Now()
	eventually(t, "the end of the runs", func() bool { return setter.do("PUT", "/lab/scenario", fixture).status == 204 })
	if took := time.Since(last); took < purchase.RunActive-50*time.Millisecond || took > purchase.RunActive+longer+time.Minute {
		t.Errorf("a fixture was set %v after the last purchase, want %v", took, purchase.RunActive)
	}
	wants(t, "a token that is too long", setter.do("PUT", "/lab/scenario", fixture, "Lab-Run", strings.Repeat("t", purchase.MaxRunTokens+1)), 400, purchase.Malformed)
}

// TestFixturesUnderLoad: while a run sends purchases without pause, each of 200 fixtures
// of others is refused, and no order is lost.
func TestFixturesUnderLoad(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db string) {
		plenty := purchase.Plenty()
		a := newAPI(t, serving(t, Config{DB: db, Lab: true, Fixture: &plenty}))
		fixture := plentyText(t)
		wants(t, "the first purchase", a.do("POST", "/purchase", string(plain(1, 1, 1, "").Body("")), "Lab-Run", "A"), 201, "")
		stop, confirmed := make(chan struct{}), 1
		var wg sync.WaitGroup
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if r, err := a.try("POST", "/purchase", string(plain(1, 1, 1, "").Body("")), "Lab-Run", "A"); err == nil && r.status == 201 {
					confirmed++
				} else {
					t.Errorf("a purchase beside refused fixtures: got %d, %v", r.status, err)
				}
			}
		})
		for range 200 {
			wants(t, "a fixture", a.do("PUT", "/lab/scenario", fixture), 409, purchase.Busy)
		}
		close(stop)
		wg.Wait()
		if n := len(a.orders(1000)); n != confirmed {
			t.Errorf("%d orders remain of %d that were confirmed", n, confirmed)
		}
	})
}

// TestActiveRunsAreForgotten once they are not active.
func TestActiveRunsAreForgotten(t *testing.T) {
	runs := newActiveRuns(nil)
	for i := range 10 * minSweep {
		token := string(rune('a' + i))
		runs.begin(token)
		runs.end(token)
		runs.byToken[token].last = time.Now().Add(-purchase.RunActive)
	}
	runs.begin("in progress")
	runs.byToken["in progress"].last = time.Now().Add(-time.Hour)
	if n := len(runs.byToken); n > 2*minSweep {
		t.Errorf("%d runs are kept, want at most %d", n, 2*minSweep)
	}
	if runs.checkOthers(nil) == nil || runs.checkOthers([]string{"in progress"}) != nil {
		t.Error("a run with a purchase in progress for an hour does not count as active, or for itself, too")
	}
}

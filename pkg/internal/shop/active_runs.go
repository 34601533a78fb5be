package shop

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// activeRuns holds the runs of a lab that are active on the service: those with a purchase
// in progress, and those whose last purchase was answered less than
// purchase.RunActive ago. A purchase belongs to a run by its header Lab-Run. It is safe
// for concurrent use.
//
// On a shared database each process writes the runs that are active in it beside its
// lease, when the first purchase of a run comes and whenever it renews the lease. So
// a run counts as active up to a renewal interval (1 s) longer there.
type activeRuns struct {
	leases *store.Leases // nil on SQLite

	mu      sync.Mutex
	byToken map[string]*activeRun
	sweepAt int // the number of runs at which those that are not active are removed
}

type activeRun struct {
	inProgress int
	last       time.Time // when a purchase came or was answered
	published  time.Time // when it was last written for other processes
}

// minSweep is the number of runs below which none is removed.
const minSweep = 64

func newActiveRuns(leases *store.Leases) *activeRuns {
	return &activeRuns{leases: leases, byToken: map[string]*activeRun{}, sweepAt: minSweep}
}

func (r *activeRun) active(now time.Time) bool {
	return r.inProgress > 0 || now.Sub(r.last) < purchase.RunActive
}

// begin counts a purchase of a run, until end. Errors of the database are ignored: the
// purchase itself returns them.
func (a *activeRuns) begin(token string) {
	now := time.Now()
	a.mu.Lock()
	r := a.byToken[token]
	if r == nil {
		r = &activeRun{}
		a.byToken[token] = r
		a.sweep(now)
	}
	publish := a.leases != nil && !r.active(now)
	r.inProgress++
	r.last = now
	if publish {
		r.published = now
	}
	a.mu.Unlock()
	if publish {
		_ = a.leases.PublishRun(token, purchase.RunActive)
	}
}

func (a *activeRuns) end(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r := a.byToken[token]; r != nil {
		r.inProgress--
		r.last = time.Now()
	}
}

// sweep removes runs that are not active once there are many.
func (a *activeRuns) sweep(now time.Time) {
	if len(a.byToken) < a.sweepAt {
		return
	}
	for token, r := range a.byToken {
		if r.last != (time.Time{}) && !r.active(now) {
			delete(a.byToken, token)
		}
	}
	a.sweepAt = max(minSweep, 2*len(a.byToken))
}

// publish writes the runs that were active since they were last written, for other
// processes.
func (a *activeRuns) publish() error {
	var tokens []string
	a.mu.Lock()
	now := time.Now()
	for token, r := range a.byToken {
		if r.inProgress > 0 || r.last.After(r.published) {
			r.published = now
			tokens = append(tokens, token)
		}
	}
	a.mu.Unlock()
	var errs []error
	for _, token := range tokens {
		errs = append(errs, a.leases.PublishRun(token, purchase.RunActive))
	}
	return errors.Join(errs...)
}

// checkOthers returns a problem with the code busy when another run than those of the
// tokens is active.
func (a *activeRuns) checkOthers(held []string) error {
	busy := a.otherHere(held)
	if a.leases != nil && !busy {
		var err error
		if busy, err = a.leases.OtherRunActive(held); err != nil {
			return err
		}
	}
	if busy {
		return purchase.NewProblem(purchase.Busy, fmt.Sprintf(
			"a run is active on this service, and a new fixture would drop its orders: ask again %v after its last purchase, or with the run's %s",
			purchase.RunActive, purchase.RunHeader))
	}
	return nil
}

func (a *activeRuns) otherHere(held []string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	for other, r := range a.byToken {
		if r.active(now) && !slices.Contains(held, other) {
			return true
		}
	}
	return false
}

// runToken returns the token of the run that a purchase belongs to, "" for none.
func runToken(r *http.Request) (string, error) { return runHeader(r, purchase.MaxRunToken) }

// heldTokens returns the tokens of the runs that the sender of a fixture holds.
func heldTokens(r *http.Request) (held []string, err error) {
	text, err := runHeader(r, purchase.MaxRunTokens)
	for token := range strings.SplitSeq(text, ",") {
		held = append(held, strings.TrimSpace(token))
	}
	return held, err
}

func runHeader(r *http.Request, most int) (string, error) {
	text := r.Header.Get(purchase.RunHeader)
	if len(text) > most {
		return "", purchase.NewProblem(purchase.Malformed, fmt.Sprintf("the header %s has %d characters, want at most %d", purchase.RunHeader, len(text), most))
	}
	return text, nil
}

package runner

import (
	"context"
	"sync"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// waiting keeps the requests of purchases that wait, for a retry, for a poll or between two
// steps, until the next batch is recorded, so that they are on disk when the process is killed
// meanwhile. A purchase of one attempt is never in it. The zero value is ready.
type waiting struct {
	contexts sync.Pool // of *arrivalContext, of arrivals that were served

	mu      sync.Mutex
	records []runs.Record
	spare   []runs.Record
}

// arrivalContext is the context of a purchase, from which attemptEnded learns
// which purchase it is. It is used for one purchase after another: a
// context.WithValue for each would be an allocation for each.
type arrivalContext struct {
	context.Context
	arrival load.Arrival
	start   time.Time
	// recorded is how many requests of the purchase were passed to waiting; of its goroutine.
	recorded int
	requests int // that were sent with a header traceparent; of its goroutine
}

// arrivalContextKey is the key under which an arrivalContext finds itself.
type arrivalContextKey struct{}

// Value returns c itself under arrivalContextKey.
func (c *arrivalContext) Value(key any) any {
	if key == (arrivalContextKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// begin returns the context of a purchase; end takes it back.
func (w *waiting) begin(ctx context.Context, a load.Arrival) *arrivalContext {
	c, _ := w.contexts.Get().(*arrivalContext)
	if c == nil || c.Context != ctx { // it is never changed: a transport may still look at it
		c = &arrivalContext{Context: ctx}
	}
	c.arrival, c.start, c.recorded, c.requests = a, time.Now(), 0, 0
	return c
}

func (w *waiting) end(c *arrivalContext) { w.contexts.Put(c) }

func (w *waiting) add(r runs.Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.records = append(w.records, r)
}

// drain returns the records since the last call. They are valid until the next call, and
// for one goroutine.
func (w *waiting) drain() []runs.Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.records
	clear(w.spare)
	w.records, w.spare = w.spare[:0], list
	return list
}

// attemptEnded is what the client calls before each wait, and between two steps.
func (s *Sender) attemptEnded(ctx context.Context, soFar purchase.Result) {
	c, found := ctx.Value(arrivalContextKey{}).(*arrivalContext)
	if !found {
		return // a request that is no purchase of the stage
	}
	r := laterRecordOf(s.Stage.Name, s.clock, load.Sample[purchase.Result]{Arrival: c.arrival, Start: c.start, End: soFar.LastEnd(), Value: soFar}, c.recorded)
	c.recorded += len(r.Attempts)
	s.waiting.add(r)
}

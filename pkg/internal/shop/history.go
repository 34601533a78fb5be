package shop

import (
	"context"
	"sync"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
)

// The history of the latest keptHistory sagas stays, for a person who looks into the
// engine's database; older ones are deleted, pruneBatch at a time.
const (
	keptHistory = 1000
	pruneBatch  = 100
)

// history is a queue of the finished sagas that the engine still remembers. It is
// safe for concurrent use.
type history struct {
	mu     sync.Mutex
	ids    []string
	excess chan struct{} // has an element when there may be too many
}

func (h *history) add(ids ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ids = append(h.ids, ids...)
	if len(h.ids) >= keptHistory+pruneBatch {
		select {
		case h.excess <- struct{}{}:
		default:
		}
	}
}

// take removes the oldest ids from the queue, at most batch of them (0: any
// number), as long as keep are left.
func (h *history) take(keep, batch int) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := len(h.ids) - keep
	if batch > 0 {
		n = min(n, batch)
	}
	if n <= 0 {
		return nil
	}
	taken := h.ids[:n:n]
	h.ids = h.ids[n:]
	return taken
}

// prune deletes old history until ctx ends, beginning with what an earlier process
// left. On a shared database each process keeps the latest of its own.
func (e *engine) prune(ctx context.Context) {
	left, err := e.list(10_000, dbos.WithFilterStatus(dbos.WorkflowStatusSuccess))
	if err != nil {
		e.logger.Warn("saga history of earlier processes is not deleted: it cannot be listed", "error", err)
	}
	e.history.add(left...)
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.history.excess:
		}
		for ctx.Err() == nil {
			ids := e.history.take(keptHistory, pruneBatch)
			if len(ids) < pruneBatch {
				e.history.add(ids...)
				break
			}
			if err := e.forget(ids...); err != nil {
				e.logger.Warn("some saga history is not deleted", "error", err)
				break
			}
		}
	}
}

package load

import "time"

// runOpen runs an open stage: the arrivals of its schedule are dispatched to idle
// users, or to new ones up to the cap, and dropped beyond it.
func (e *execution[T]) runOpen() {
	pool := userPool[T]{execution: e, limit: e.partition.Connections(e.Stage)}
	timer := newPreciseTimer()
	defer timer.close()
	var now time.Duration // the clock as last read: what is due by then is overdue
	for index, offset := range e.partition.arrivals(e.Schedule(e.seed)) {
		for offset > now && e.ctx.Err() == nil {
			if now = time.Since(e.base); offset > now {
				timer.sleep(e.ctx, offset-now)
				now = time.Since(e.base)
			}
		}
		if e.ctx.Err() != nil {
			break
		}
		if !pool.dispatch(Arrival{Index: index, Scheduled: e.base.Add(offset)}) {
			e.dropped.Add(1)
		}
	}
	for rest := e.Length() - time.Since(e.base); rest > 0 && e.ctx.Err() == nil; rest = e.Length() - time.Since(e.base) {
		timer.sleep(e.ctx, rest)
	}
	pool.drain()
}

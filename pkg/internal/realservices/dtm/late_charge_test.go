package dtm

import (
	"net/http"
	"sync"
	"sync/atomic"
)

// lateCharge is between dtm and the participant while one saga is run twice: the first charge waits for the second one, which waits until
// the order was cancelled. Make one with newLateCharge.
type lateCharge struct {
	charges                    atomic.Int64
	both, cancelled, confirmed chan struct{}
	cancel, confirm            sync.Once
}

func newLateCharge() *lateCharge {
	return &lateCharge{both: make(chan struct{}), cancelled: make(chan struct{}), confirmed: make(chan struct{})}
}

func (l *lateCharge) handle(w http.ResponseWriter, r *http.Request, _ string, forward http.Handler) {
	if r.URL.Path == "/payments/charge" {
		until := l.both
		if l.charges.Add(1) == 2 {
			close(l.both)
			until = l.cancelled
		}
		select {
		case <-until:
		case <-r.Context().Done():
			return
		}
	}
	forward.ServeHTTP(w, r)
	switch r.URL.Path {
	case "/orders/cancel":
		l.cancel.Do(func() { close(l.cancelled) })
	case "/orders/confirm":
		l.confirm.Do(func() { close(l.confirmed) })
	}
}

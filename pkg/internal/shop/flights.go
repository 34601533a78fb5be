package shop

import "sync"

// flight is one saga under way in this process.
type flight struct {
	landed chan struct{} // closed when the saga has returned
	err    error         // what it returned; read it after landed
	once   sync.Once
	// by is the lease under which it was opened: on a shared database the order may
	// have gone to another process since.
	by string
}

func (f *flight) land(err error) {
	f.once.Do(func() { f.err = err; close(f.landed) })
}

// flights knows the sagas under way by order, so that everybody who asks for an
// order can wait for its saga without polling.
type flights struct {
	mu sync.Mutex
	of map[string]*flight
}

// open adds a flight; it is nil when the order has one already.
func (fs *flights) open(orderID, by string) *flight {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.of[orderID] != nil {
		return nil
	}
	f := &flight{landed: make(chan struct{}), by: by}
	fs.of[orderID] = f
	return f
}

// get returns the order's flight, nil when there is none.
func (fs *flights) get(orderID string) *flight {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return fs.of[orderID]
}

// land tells everybody who waits that the saga has returned.
func (fs *flights) land(orderID string, err error) {
	if f := fs.get(orderID); f != nil {
		f.land(err)
	}
}

// close forgets a flight.
func (fs *flights) close(orderID string) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	delete(fs.of, orderID)
}

package shop

import "sync"

// inflightSaga is one saga under way in this process.
type inflightSaga struct {
	completed chan struct{} // closed when the saga has returned
	err       error         // the saga's error; read it after completed
	once      sync.Once
	// lease is the lease under which it was added: on a shared database another
	// process may own the order since.
	lease string
}

func newInflightSaga(lease string) *inflightSaga {
	return &inflightSaga{completed: make(chan struct{}), lease: lease}
}

func (i *inflightSaga) complete(err error) {
	i.once.Do(func() { i.err = err; close(i.completed) })
}

// inflightSagas maps orders to their sagas under way, so that all requests for an
// order can wait for its saga without polling. It is safe for concurrent use.
type inflightSagas struct {
	mu      sync.Mutex
	byOrder map[string]*inflightSaga
}

func newInflightSagas() *inflightSagas {
	return &inflightSagas{byOrder: map[string]*inflightSaga{}}
}

// add adds an order's saga; it returns nil when the order has one already.
func (fs *inflightSagas) add(orderID, lease string) *inflightSaga {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.byOrder[orderID] != nil {
		return nil
	}
	f := newInflightSaga(lease)
	fs.byOrder[orderID] = f
	return f
}

// get returns the order's saga, nil when none is under way.
func (fs *inflightSagas) get(orderID string) *inflightSaga {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return fs.byOrder[orderID]
}

// complete ends the waiting for an order's saga.
func (fs *inflightSagas) complete(orderID string, err error) {
	if f := fs.get(orderID); f != nil {
		f.complete(err)
	}
}

// remove forgets an order's saga.
func (fs *inflightSagas) remove(orderID string) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	delete(fs.byOrder, orderID)
}

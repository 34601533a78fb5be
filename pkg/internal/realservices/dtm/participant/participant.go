package participant

import "sync"

// Participant has orders, stock and balances in memory. The zero value is empty. It may be used concurrently.
type Participant struct {
	// Careless does each operation that it is called with, without the barrier: repeats take effect again, and compensations also of
	// actions that took none. It must be set before the first use.
	Careless bool

	mu       sync.Mutex
	barrier  barrier
	users    map[string]int64
	products map[string]Product
	orders   map[string]*Order
	sequence []*Order // as they came
	ledger   []Entry
}

// Set makes the participant what the fixture says, without orders.
func (p *Participant) Set(f Fixture) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.barrier = barrier{}
	p.users, p.products = f.Users, f.Products
	p.orders = map[string]*Order{}
	p.sequence, p.ledger = []*Order{}, []Entry{}
}

// do does one operation behind the barrier, all of it or nothing.
func (p *Participant) do(o operation, payload Payload, step step) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.barrier == nil || !p.barrier.pass(o) && !p.Careless {
		return nil
	}
	err := step(p, o.gid, payload)
	if err != nil {
		p.barrier.forget(o)
	}
	return err
}

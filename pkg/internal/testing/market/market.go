package market

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"
)

// Market is a purchase service in this process. Its methods may be called concurrently.
type Market struct {
	opt     Options
	address string

	mu       sync.Mutex // guards all that follows
	random   *rand.Rand
	server   *http.Server
	states   history[*state]
	life     int            // how often the service was started
	admitted int            // purchase calls being served
	running  int            // purchases under way
	idle     *sync.Cond     // running is 0
	labRuns  map[string]run // by their tokens
	struck   []string
}

// Start starts a service on a free port of 127.0.0.1. It returns an error for an unknown bug and a fixture that breaks
// the contract.
func Start(opt Options) (*Market, error) {
	opt = opt.withDefaults()
	if !opt.Fixture.valid() {
		return nil, fmt.Errorf("market: the fixture breaks the contract: ids from 1, each once, no sum or product above 2^63-1")
	}
	if opt.Bug != "" {
		b, known := find(opt.Bug)
		if !known {
			return nil, fmt.Errorf("market: there is no bug %q", opt.Bug)
		}
		opt = opt.withBug(b)
	}
	m := &Market{opt: opt, address: "127.0.0.1:0", random: rand.New(rand.NewPCG(opt.Seed, 1)), labRuns: map[string]run{}}
	m.idle = sync.NewCond(&m.mu)
	m.states.set(newState(m, opt.Fixture), opt.ReadsLag)
	l, err := m.listen()
	if err != nil {
		return nil, err
	}
	m.address = l.Addr().String()
	m.serve(l)
	return m, nil
}

// URL returns the address of the service, without a slash at its end.
func (m *Market) URL() string { return "http://" + m.address }

// listen takes the port.
func (m *Market) listen() (net.Listener, error) {
	l, err := net.Listen("tcp", m.address)
	if err != nil {
		return nil, fmt.Errorf("market: %w", err)
	}
	return l, nil
}

// serve starts to answer.
func (m *Market) serve(l net.Listener) {
	server := &http.Server{Handler: m.routes()}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.server = server
	m.life++
	go server.Serve(l)
}

// Close stops the service and waits for the purchases that are under way.
func (m *Market) Close() {
	m.closeServer()
	m.Quiesce()
}

func (m *Market) closeServer() {
	m.mu.Lock()
	server := m.server
	m.mu.Unlock()
	server.Close()
}

// Restart drops all connections and starts the service again on the same address. What is durable is kept: orders,
// ledger, balances, stock and keys; purchases under way are taken up again. It returns an error if the port is taken.
func (m *Market) Restart() error {
	m.closeServer()
	m.current().lose()
	l, err := m.listen()
	if err != nil {
		return err
	}
	m.serve(l)
	return nil
}

// Quiesce waits until no purchase is under way.
func (m *Market) Quiesce() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.running > 0 {
		m.idle.Wait()
	}
}

// under counts a purchase that begins with +1 and one that ends with -1.
func (m *Market) under(way int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running += way
	if m.running == 0 {
		m.idle.Broadcast()
	}
}

// current returns the state that purchases work on.
func (m *Market) current() *state {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.states.last()
}

// chance returns whether a draw falls into a fraction.
func (m *Market) chance(fraction float64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return fraction > 0 && m.random.Float64() < fraction
}

// draw returns a random number below n.
func (m *Market) draw(n int64) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.random.Int64N(n)
}

// pause waits for up to the longest delay of a step.
func (m *Market) pause() {
	if m.opt.Delay > 0 {
		time.Sleep(time.Duration(m.draw(int64(m.opt.Delay))))
	}
}

// shown returns a time as the service's clock has it.
func (m *Market) shown(t time.Time) time.Time {
	return t.Add(m.opt.ClockSkew).Truncate(m.opt.ClockResolution).In(m.opt.Zone)
}

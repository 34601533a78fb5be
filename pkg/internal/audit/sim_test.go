package audit

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// sim is a purchase service with its clients in one thread and virtual time:
// events in a queue, whose delays are drawn from a seed, interleave as real
// requests do. It is correct unless a defect is switched on.
type sim struct {
	cfg   simConfig
	rng   *rand.Rand
	now   int64
	seq   int
	queue events
	epoch int // crashes so far
	down  bool

	orders    []*simOrder
	byKey     map[string]*simOrder
	stock     map[int64]int64
	reserved  map[int64]int64
	money     map[int64]int64
	ledger    []purchase.Entry
	fixture   purchase.Fixture
	confirmed map[string]bool // orders that a sample saw confirmed

	next    int // the next operation's index
	sent    []purchase.Request
	stage   runs.Stage
	samples []Sample
	midway  *State // read while load ran
	stopped bool
	// effects counts how often the defect showed.
	effects int
}

type simConfig struct {
	seed                             uint64
	ops, workers, attempts           int
	products, users                  int
	stock, balance, price            int64
	dropBefore, dropAfter, busy      float64 // per attempt
	patience, service                int64   // ns: a client's timeout, a step's longest time
	crashes                          int
	reuse, duplicate, withdraw, poll float64
	newKeys, interrupted             bool
	prefix                           string // of the keys
	lookAt                           int64  // when s.midway is read, 0: never
	throttle                         float64
	defect                           string
	shape                            simShape
}

type simOrder struct {
	purchase.Order
	phase   int // next step; compensating: the next one to take back, −1 when done
	waiting []func(answer)
	stuck   bool
	parts   simParts
}

type answer struct {
	status   int64
	code     purchase.Code
	order    string
	replayed bool
}

type event struct {
	at  int64
	seq int
	do  func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].seq < e[j].seq
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	x := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return x
}

// epochStart is when every simulation starts.
var epochStart = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func moments(ns int64) time.Time { return epochStart.Add(time.Duration(ns)) }

// randomConfig draws the circumstances of a run.
func randomConfig(seed uint64) simConfig {
	r := rand.New(rand.NewPCG(seed, 7))
	maybe := func(p float64) float64 { return []float64{0, p}[r.IntN(2)] }
	return simConfig{
		seed: seed, ops: 5 + r.IntN(100), workers: 1 + r.IntN(10), attempts: 1 + r.IntN(4),
		products: 1 + r.IntN(3), users: 1 + r.IntN(3), price: 1 + r.Int64N(1000),
		stock: r.Int64N(60), balance: r.Int64N(30_000),
		dropBefore: maybe(.15), dropAfter: maybe(.25), busy: maybe(.1),
		patience: 50_000 + r.Int64N(1_000_000), service: 1 + r.Int64N(100_000),
		crashes: r.IntN(3), reuse: maybe(.1), duplicate: maybe(.2), withdraw: maybe(.2), poll: 1,
	}
}

// simulate runs the service and its clients to the end.
func simulate(cfg simConfig) *sim {
	s := &sim{
		cfg: cfg, rng: rand.New(rand.NewPCG(cfg.seed, 1)), byKey: map[string]*simOrder{},
		stock: map[int64]int64{}, reserved: map[int64]int64{}, money: map[int64]int64{}, confirmed: map[string]bool{},
	}
	for i := range int64(cfg.products) {
		s.stock[i+1] = cfg.stock
		s.fixture.Products = append(s.fixture.Products, purchase.FixtureProduct{ProductID: purchase.ID(i + 1), Price: cfg.price + i, Stock: cfg.stock})
	}
	for i := range int64(cfg.users) {
		s.money[i+1] = cfg.balance
		s.fixture.Users = append(s.fixture.Users, purchase.FixtureUser{UserID: purchase.ID(i + 1), Balance: cfg.balance})
	}
	s.run()
	return s
}

// again runs the clients once more on the service as it is.
func (s *sim) again(prefix string) {
	s.cfg.prefix, s.next, s.sent, s.samples = prefix, 0, nil, nil
	s.stage = runs.Stage{}
	s.now += int64(time.Second)
	s.run()
}

func (s *sim) run() {
	cfg := s.cfg
	s.stage.Info = runs.Info{Stage: "load" + cfg.prefix, Kind: runs.Load, State: runs.Complete, Requests: cfg.ops, VUs: cfg.workers, Started: moments(s.now)}
	if cfg.lookAt > 0 {
		s.after(cfg.lookAt, func() { s.midway = s.state(s.now) })
	}
	for range cfg.workers {
		s.after(1000, s.work)
	}
	for range cfg.crashes {
		s.after(cfg.service*int64(cfg.ops), s.crash)
	}
	if cfg.poll > 0 {
		s.after(1000, s.sample)
	}
	if cfg.interrupted {
		s.after(cfg.service*int64(cfg.ops), func() { s.stopped = true })
	}
	for s.queue.Len() > 0 {
		s.nextEvent()
	}
	if len(s.stage.Operations) < cfg.ops {
		s.stage.State = runs.Interrupted
	}
}

// nextEvent lets the next event of the queue happen.
func (s *sim) nextEvent() {
	e := heap.Pop(&s.queue).(event)
	s.now = max(s.now, e.at)
	e.do()
}

// after lets something happen within d nanoseconds, at least 1 from now.
func (s *sim) after(d int64, do func()) {
	s.seq++
	heap.Push(&s.queue, event{s.now + 1 + s.rng.Int64N(max(d, 1)), s.seq, do})
}

func (s *sim) chance(p float64) bool { return s.rng.Float64() < p }

// defective draws whether a defect strikes, if it is the one switched on.
func (s *sim) defective(name string, p float64) bool { return s.cfg.defect == name && s.chance(p) }

// --- clients

func (s *sim) work() {
	if s.next >= s.cfg.ops || s.stopped {
		return
	}
	index := s.next
	s.next++
	r := purchase.Request{
		UserID: purchase.ID(1 + s.rng.Int64N(int64(s.cfg.users))), ProductID: purchase.ID(1 + s.rng.Int64N(int64(s.cfg.products))),
		Quantity: 1 + s.rng.Int64N(3), IdempotencyKey: fmt.Sprintf("%sk%d", s.cfg.prefix, index),
	}
	if s.chance(.02) {
		r.ProductID = 99
	}
	if len(s.sent) > 0 && s.chance(s.cfg.duplicate) {
		r = s.sent[s.rng.IntN(len(s.sent))]
	} else if len(s.sent) > 0 && s.chance(s.cfg.reuse) {
		r.IdempotencyKey = s.sent[s.rng.IntN(len(s.sent))].IdempotencyKey
	}
	r.PaymentMethodID = r.UserID
	s.sent = append(s.sent, r)
	op := &runs.Operation{
		Stage: "load", Index: int64(index), Key: r.IdempotencyKey, UserID: r.UserID, ProductID: r.ProductID,
		Quantity: r.Quantity, PaymentMethodID: r.PaymentMethodID, StartTS: moments(s.now),
	}
	s.attempt(op, r, 1, 0)
}

func (s *sim) attempt(op *runs.Operation, r purchase.Request, number int, wait int64) {
	if s.cfg.newKeys {
		r.IdempotencyKey = fmt.Sprintf("%s-%d", op.Key, number)
	}
	a := runs.Attempt{Stage: "load", Index: op.Index, Number: int64(number), Key: r.IdempotencyKey, StartTS: moments(s.now), WaitMS: float64(wait) / 1e6, Sent: true}
	start, ended := s.now, false
	end := func(class string, ans answer) {
		if ended {
			return
		}
		ended = true
		a.LatencyMS = float64(s.now-start) / 1e6
		a.Class, a.Status, a.OrderID, a.Replayed = class, ans.status, ans.order, ans.replayed
		a.Sent = class != "refused"
		a.Reason = string(ans.code)
		if class != "" {
			a.Reason = class
		} else if ans.status >= 300 && a.Reason == "" {
			a.Reason = fmt.Sprintf("http_%d", ans.status)
		}
		s.ended(op, r, a)
	}
	s.at(start+s.cfg.patience, func() { end("timeout", answer{}) })
	switch {
	case s.down && s.chance(.7):
		s.after(1000, func() { end("refused", answer{}) })
	case s.chance(s.cfg.dropBefore):
		s.after(5000, func() { end("eof", answer{}) })
	default:
		s.after(20_000, func() { s.arrive(r, s.reply(end)) })
	}
}

func (s *sim) at(at int64, do func()) {
	s.seq++
	heap.Push(&s.queue, event{at, s.seq, do})
}

// reply carries an answer to the client, or loses it.
func (s *sim) reply(end func(string, answer)) func(answer) {
	return func(a answer) {
		lost := a.status == 0 || s.chance(s.cfg.dropAfter)
		s.after(20_000, func() {
			if lost {
				end("eof", answer{})
				return
			}
			end("", a)
		})
	}
}

func (s *sim) ended(op *runs.Operation, r purchase.Request, a runs.Attempt) {
	s.stage.Attempts = append(s.stage.Attempts, a)
	again := a.Status == 0 || a.Status >= 500 || a.Reason == "in_progress" && s.chance(.5)
	if again && int(a.Number) < s.cfg.attempts && !s.stopped {
		wait := s.now
		s.after(30_000, func() { s.attempt(op, r, int(a.Number)+1, s.now-wait) })
		return
	}
	op.EndTS, op.Attempts, op.Status, op.Reason, op.OrderID = moments(s.now), a.Number, a.Status, a.Reason, a.OrderID
	s.stage.Operations = append(s.stage.Operations, *op)
	s.after(5000, s.work)
}

// --- service

func (s *sim) arrive(r purchase.Request, reply func(answer)) {
	switch {
	case s.down:
		reply(answer{})
		return
	case s.chance(s.cfg.busy):
		reply(answer{status: 503, code: purchase.Overloaded})
		return
	case s.cfg.throttle > 0 && s.chance(s.cfg.throttle):
		reply(answer{status: 429}) // by a proxy before it
		return
	case r.ProductID > purchase.ID(s.cfg.products):
		reply(answer{status: 404, code: purchase.UnknownProduct})
		return
	}
	if s.breaksPromise(r, reply) {
		return
	}
	o := s.byKey[r.IdempotencyKey]
	if o != nil && s.defective("second_order", .5) {
		o = nil
	}
	if o != nil && (o.UserID != r.UserID || o.ProductID != r.ProductID || o.Quantity != r.Quantity) {
		if !s.defective("reuse_accepted", .7) {
			reply(answer{status: 422, code: purchase.KeyReused})
			return
		}
		o = nil
	}
	if o == nil {
		o = s.create(r)
		s.step(o)
	} else if o.Status.Terminal() {
		a := s.outcome(o)
		a.replayed = true
		if a.status == 201 {
			a.status = 200
		}
		if s.defective("flip", .5) {
			a = answer{status: 409, code: purchase.OutOfStock, order: o.OrderID}
			if o.Status == purchase.Cancelled {
				a = answer{status: 200, order: o.OrderID}
			}
		}
		reply(a)
		return
	}
	s.await(o, reply)
}

// await answers when the order is terminal, or says in progress before that.
func (s *sim) await(o *simOrder, reply func(answer)) {
	answered := false
	once := func(a answer) {
		if !answered {
			answered = true
			reply(a)
		}
	}
	o.waiting = append(o.waiting, once)
	if s.chance(.3) {
		s.after(4*s.cfg.service, func() { once(answer{status: 409, code: purchase.InProgress}) })
	}
}

func (s *sim) create(r purchase.Request) *simOrder {
	o := &simOrder{Order: purchase.Order{
		OrderID: fmt.Sprintf("o%d", len(s.orders)+1), IdempotencyKey: r.IdempotencyKey, UserID: r.UserID, ProductID: r.ProductID,
		Quantity: r.Quantity, PaymentMethodID: r.PaymentMethodID, Status: purchase.Pending, CreatedAt: moments(s.now),
	}}
	if len(s.orders) > 0 && s.defective("id_collision", .3) {
		o.OrderID = s.orders[s.rng.IntN(len(s.orders))].OrderID
	}
	if s.defective("wrong_payload", .3) {
		o.Quantity++
	}
	s.orders = append(s.orders, o)
	if s.byKey[r.IdempotencyKey] == nil {
		s.byKey[r.IdempotencyKey] = o
	}
	return o
}

// step schedules the order's next effect; a crash before it makes it wait for the
// restart.
func (s *sim) step(o *simOrder) {
	epoch := s.epoch
	s.after(s.cfg.service, func() {
		if epoch == s.epoch && !s.down {
			s.advance(o)
		}
	})
}

func (s *sim) crash() {
	s.epoch++
	s.down = true
	for _, o := range s.orders {
		for _, w := range o.waiting {
			w(answer{})
		}
		o.waiting = nil
	}
	epoch := s.epoch
	s.after(200_000, func() {
		if epoch != s.epoch {
			return // it crashed again meanwhile
		}
		s.down = false
		for _, o := range s.orders {
			if !o.Status.Terminal() && !o.stuck {
				s.step(o)
			}
		}
	})
}

func (s *sim) trace(o *simOrder, step, action string) {
	o.Steps = append(o.Steps, purchase.Step{Seq: len(o.Steps) + 1, Step: step, Action: action, At: moments(s.now)})
}

func (s *sim) book(o *simOrder, kind string, amount int64) {
	s.ledger = append(s.ledger, purchase.Entry{
		EntryID: fmt.Sprint(len(s.ledger) + 1), OrderID: o.OrderID, UserID: o.UserID, Kind: kind, Amount: amount, At: moments(s.now),
	})
}

func (s *sim) advance(o *simOrder) {
	if s.defective("stuck", .05) {
		s.effects++
		o.stuck = true
		return
	}
	switch {
	case s.cfg.shape.parallel && (o.Status == purchase.Compensating || o.phase < 2):
		s.advanceParallel(o)
	case o.Status == purchase.Compensating:
		s.undo(o)
	case o.phase == s.phaseOfReserve():
		s.reserve(o)
	case o.phase == s.phaseOfCharge():
		s.charge(o)
	default:
		s.confirm(o)
	}
}

func (s *sim) reserve(o *simOrder) {
	have := s.stock[int64(o.ProductID)]
	if s.cfg.defect == "oversell" {
		have++
	}
	have = s.belowFloor("floor_stock", have, o.Quantity, 2)
	if have < o.Quantity || s.defective("spurious_stock", .2) {
		s.refuse(o, purchase.OutOfStock, have)
		return
	}
	s.stock[int64(o.ProductID)] -= o.Quantity
	s.reserved[int64(o.ProductID)] += o.Quantity
	s.trace(o, purchase.ReserveStock, purchase.Do)
	if s.defective("step_twice", .2) {
		s.effects++
		s.stock[int64(o.ProductID)] -= o.Quantity
		s.reserved[int64(o.ProductID)] += o.Quantity
		s.trace(o, purchase.ReserveStock, purchase.Do)
	}
	o.phase++
	s.step(o)
}

func (s *sim) refuse(o *simOrder, code purchase.Code, have int64) {
	if code == purchase.OutOfStock && have >= o.Quantity {
		s.effects++
	}
	if s.defective("null_compensation", .5) && code == purchase.OutOfStock {
		s.effects++
		s.stock[int64(o.ProductID)] += o.Quantity
		s.trace(o, purchase.ReserveStock, purchase.Compensate)
	}
	if s.defective("negative", .5) && code == purchase.OutOfStock {
		s.stock[int64(o.ProductID)] -= o.Quantity
		s.after(50_000, func() { s.stock[int64(o.ProductID)] += o.Quantity })
	}
	o.Reason = code
	o.Status = purchase.Compensating
	o.phase--
	s.step(o)
}

func (s *sim) price(o *simOrder) int64 { return s.fixture.Products[o.ProductID-1].Price }

func (s *sim) charge(o *simOrder) {
	s.setAmount(o)
	poor := s.belowFloor("floor_money", s.money[int64(o.UserID)], o.Amount, 2*s.cfg.price) < o.Amount && s.cfg.defect != "overspend"
	if spurious := !poor && s.defective("spurious_money", .2); poor || spurious {
		if spurious {
			s.effects++
		}
		s.refuse(o, purchase.InsufficientBalance, 0)
		return
	}
	s.move(o, purchase.Charge, o.Amount)
	s.trace(o, purchase.ChargePayment, purchase.Do)
	if s.defective("double_charge", .2) {
		s.effects++
		s.money[int64(o.UserID)] -= o.Amount
		s.book(o, purchase.Charge, o.Amount)
	}
	if s.defective("money_vanishes", .2) {
		s.effects++
		s.money[int64(o.UserID)]--
	}
	o.phase++
	s.step(o)
}

func (s *sim) confirm(o *simOrder) {
	if s.chance(s.cfg.withdraw) {
		s.refuse(o, "withdrawn", 0)
		return
	}
	if !s.defective("orphan", .2) {
		s.reserved[int64(o.ProductID)] -= o.Quantity
	} else {
		s.effects++
	}
	if s.defective("lost_update", .2) {
		s.effects++
		s.stock[int64(o.ProductID)]++
	}
	if s.defective("no_last_step", .2) {
		s.effects++
	} else {
		s.trace(o, purchase.ConfirmOrder, purchase.Do)
	}
	s.finish(o, purchase.Confirmed)
}

// undo takes the last step back that took effect.
func (s *sim) undo(o *simOrder) {
	switch {
	case o.phase == s.phaseOfCharge():
		s.undoCharge(o)
	case o.phase == s.phaseOfReserve():
		s.undoReserve(o)
		if s.defective("hanging", .5) {
			s.effects++
			s.stock[int64(o.ProductID)] -= o.Quantity
			s.reserved[int64(o.ProductID)] += o.Quantity
			s.trace(o, purchase.ReserveStock, purchase.Do)
		}
	}
	if o.phase--; o.phase >= 0 {
		s.step(o)
		return
	}
	s.finish(o, purchase.Cancelled)
}

func (s *sim) release(o *simOrder) {
	s.stock[int64(o.ProductID)] += o.Quantity
	s.reserved[int64(o.ProductID)] -= o.Quantity
}

func (s *sim) finish(o *simOrder, status purchase.Status) {
	o.Status = status
	o.UpdatedAt = moments(s.now)
	for _, w := range o.waiting {
		w(s.outcome(o))
	}
	o.waiting = nil
	if s.defective("phantom", .2) {
		s.effects++
		p := s.create(purchase.Request{UserID: o.UserID, ProductID: o.ProductID, Quantity: 1, IdempotencyKey: fmt.Sprintf("ghost%d", len(s.orders))})
		p.Status = purchase.Cancelled
	}
}

// outcome is the answer to an order's terminal status.
func (s *sim) outcome(o *simOrder) answer {
	ok := o.Status == purchase.Confirmed
	if ok && s.defective("no_but_confirmed", .2) {
		return answer{status: 409, code: purchase.OutOfStock, order: o.OrderID}
	}
	if ok || s.defective("yes_but_cancelled", .3) {
		return answer{status: 201, order: o.OrderID}
	}
	switch o.Reason {
	case purchase.OutOfStock:
		return answer{status: 409, code: o.Reason, order: o.OrderID}
	case purchase.InsufficientBalance:
		return answer{status: 402, code: o.Reason, order: o.OrderID}
	}
	return answer{status: 410, code: o.Reason, order: o.OrderID}
}

// --- looking

// sample reads something, again and again while clients are at work.
func (s *sim) sample() {
	asked := s.now
	s.after(5000, func() {
		x := Sample{Asked: moments(asked)}
		p, u := 1+s.rng.Int64N(int64(s.cfg.products)), 1+s.rng.Int64N(int64(s.cfg.users))
		x.Products = []purchase.Product{s.product(p)}
		x.Users = []purchase.User{{UserID: purchase.ID(u), Balance: s.money[u]}}
		if len(s.orders) > 0 {
			x.Orders = []purchase.Order{s.shown(s.orders[s.rng.IntN(len(s.orders))])}
		}
		s.after(5000, func() {
			x.Answered = moments(s.now)
			s.samples = append(s.samples, x)
			for _, o := range x.Orders {
				s.confirmed[o.OrderID] = s.confirmed[o.OrderID] || o.Status == purchase.Confirmed
			}
			if s.next < s.cfg.ops && !s.stopped {
				s.after(10_000, s.sample)
			}
		})
	})
}

// shown is an order as a read shows it.
func (s *sim) shown(o *simOrder) purchase.Order {
	x := o.Order
	x.Steps = append([]purchase.Step{}, o.Steps...)
	if s.cfg.defect == "backwards" && s.confirmed[o.OrderID] {
		s.effects++
		x.Status = purchase.Pending
	}
	return x
}

func (s *sim) product(id int64) purchase.Product {
	if s.cfg.defect == "negative" && s.stock[id] < 0 {
		s.effects++
	}
	return purchase.Product{ProductID: purchase.ID(id), Price: s.fixture.Products[id-1].Price, Stock: s.stock[id], Reserved: s.reserved[id]}
}

// state is what the service shows now.
func (s *sim) state(at int64) *State {
	st := &State{At: moments(at), LagMS: new(int64), Ledger: append([]purchase.Entry{}, s.ledger...)}
	for _, o := range s.orders {
		if o.Status == purchase.Confirmed && s.defective("lost_order", .2) {
			continue
		}
		x := o.Order
		x.Steps = append([]purchase.Step{}, o.Steps...)
		st.Orders = append(st.Orders, x)
	}
	for _, p := range s.fixture.Products {
		st.Products = append(st.Products, s.product(int64(p.ProductID)))
	}
	for _, u := range s.fixture.Users {
		st.Users = append(st.Users, purchase.User{UserID: u.UserID, Balance: s.money[int64(u.UserID)]})
	}
	return st
}

// evidence is all that can be known of the simulation.
func (s *sim) evidence() Evidence {
	scene := s.fixture
	s.fillBodies()
	after := s.state(s.now + int64(time.Minute))
	return Evidence{
		Stages: []runs.Stage{s.stage}, Fixture: &scene, After: after,
		Samples: append(slices.Clip(s.samples), s.readSingly(after)...), Sealed: true, Seed: fmt.Sprint(s.cfg.seed),
	}
}

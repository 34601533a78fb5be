package audit

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// stepSim is a service at which a purchase takes a cart and a payment, with its clients, in one
// thread and virtual time, as sim is. It is correct unless a defect is switched on.
type stepSim struct {
	cfg   stepConfig
	rng   *rand.Rand
	now   int64
	seq   int
	queue events

	carts   []*stepCart
	orders  []*stepOrder
	byKey   map[string]*stepCart  // of carts, by user and key
	slots   map[string]*stepOrder // of payments, by cart and key; nil while under way
	stock   map[int64]int64
	held    map[int64]int64
	money   map[int64]int64
	ledger  []purchase.Entry
	fixture purchase.Fixture

	next    int
	sent    []purchase.Request
	stage   runs.Stage
	effects int // of the defect
	samples []Sample
}

// stepConfig is the circumstances of a run.
type stepConfig struct {
	seed                               uint64
	ops, workers, attempts             int
	products, users                    int
	stock, balance, price              int64
	dropBefore, dropAfter, busy, quit  float64
	duplicate, reuse, expire           float64
	patience, service, settle          int64 // settle: how long an order is PENDING after 202, 0 for none
	holds, keyed, marked, listed       bool  // carts hold stock; have keys; replays are marked; are orders
	keysShown, named, cartsNamed, lazy bool  // orders show keys; answers name them; carts too; polls end early
	keyless, newKeys, samples, single  bool  // no keys are sent; attempts have new ones; orders are read meanwhile; one request
	defect                             string
}

type stepCart struct {
	id, key       string
	user, product int64
	quantity      int64
	holds, paid   bool
	at            int64
}

type stepOrder struct {
	purchase.Order
	cart *stepCart
	code purchase.Code // of a refusal without an order
	lies bool          // a defect makes polls say that it is confirmed
	lost bool
}

// stepAnswer is an answer, as its row has it.
type stepAnswer struct {
	status   int64
	meaning  purchase.Meaning
	reason   string
	order    string
	amount   int64
	replayed bool
	cart     *stepCart
	of       *stepOrder
}

// randomStepConfig draws the circumstances of a run.
func randomStepConfig(seed uint64) stepConfig {
	r := rand.New(rand.NewPCG(seed, 17))
	maybe := func(p float64) float64 { return []float64{0, p}[r.IntN(2)] }
	coin := func() bool { return r.IntN(2) == 0 }
	cfg := stepConfig{
		seed: seed, ops: 5 + r.IntN(80), workers: 1 + r.IntN(8), attempts: 1 + r.IntN(4),
		products: 1 + r.IntN(3), users: 1 + r.IntN(3), price: 1 + r.Int64N(1000),
		stock: r.Int64N(60), balance: r.Int64N(30_000),
		dropBefore: maybe(.12), dropAfter: maybe(.2), busy: maybe(.1), quit: maybe(.2), duplicate: maybe(.15), reuse: maybe(.1), expire: maybe(.5),
		patience: 50_000 + r.Int64N(1_000_000), service: 1 + r.Int64N(60_000), settle: r.Int64N(2) * (1 + r.Int64N(500_000)),
		holds: coin(), keyed: coin(), marked: coin(), listed: coin(), keysShown: coin(), named: coin(), cartsNamed: coin(), lazy: coin(), keyless: r.IntN(6) == 0, newKeys: r.IntN(8) == 0, samples: coin(), single: r.IntN(5) == 0,
	}
	if cfg.single {
		cfg.holds, cfg.listed, cfg.newKeys = false, false, false // new keys buy twice then
	}
	return cfg
}

// simulateSteps runs the service and its clients to the end.
func simulateSteps(cfg stepConfig) *stepSim {
	s := &stepSim{cfg: cfg, rng: rand.New(rand.NewPCG(cfg.seed, 2)), byKey: map[string]*stepCart{}, slots: map[string]*stepOrder{},
		stock: map[int64]int64{}, held: map[int64]int64{}, money: map[int64]int64{}}
	for i := range int64(cfg.products) {
		s.stock[i+1] = cfg.stock
		s.fixture.Products = append(s.fixture.Products, purchase.FixtureProduct{ProductID: purchase.ID(i + 1), Price: cfg.price + i, Stock: cfg.stock})
	}
	for i := range int64(cfg.users) {
		s.money[i+1] = cfg.balance
		s.fixture.Users = append(s.fixture.Users, purchase.FixtureUser{UserID: purchase.ID(i + 1), Balance: cfg.balance})
	}
	s.stage.Info = runs.Info{Stage: "load", Kind: runs.Load, State: runs.Complete, Requests: cfg.ops, VUs: cfg.workers, Started: moments(0), Steps: []string{"cart", "pay"}}
	if cfg.single {
		s.stage.Steps = nil
	}
	for range cfg.workers {
		s.after(1000, s.work)
	}
	if cfg.samples {
		s.after(100_000, s.sample)
	}
	for s.queue.Len() > 0 {
		e := heap.Pop(&s.queue).(event)
		s.now = max(s.now, e.at)
		e.do()
	}
	return s
}

func (s *stepSim) after(d int64, do func()) { s.at(s.now+1+s.rng.Int64N(max(d, 1)), do) }

func (s *stepSim) at(at int64, do func()) {
	s.seq++
	heap.Push(&s.queue, event{at, s.seq, do})
}

func (s *stepSim) chance(p float64) bool { return s.rng.Float64() < p }

// defective draws whether a defect strikes, and counts it.
func (s *stepSim) defective(name string, p float64) bool {
	struck := s.cfg.defect == name && s.chance(p)
	if struck {
		s.effects++
	}
	return struck
}

// --- clients

func (s *stepSim) work() {
	if s.next >= s.cfg.ops {
		return
	}
	r := purchase.Request{
		UserID: purchase.ID(1 + s.rng.Int64N(int64(s.cfg.users))), ProductID: purchase.ID(1 + s.rng.Int64N(int64(s.cfg.products))),
		Quantity: 1 + s.rng.Int64N(3), IdempotencyKey: fmt.Sprintf("k%d", s.next),
	}
	if len(s.sent) > 0 && s.chance(s.cfg.duplicate) {
		r = s.sent[s.rng.IntN(len(s.sent))]
	} else if len(s.sent) > 0 && s.chance(s.cfg.reuse) {
		r.IdempotencyKey = s.sent[s.rng.IntN(len(s.sent))].IdempotencyKey
	}
	if s.cfg.keyless {
		r.IdempotencyKey = ""
	}
	r.PaymentMethodID = r.UserID
	s.sent = append(s.sent, r)
	b := &stepBuyer{s: s, r: r, op: runs.Operation{Stage: "load", Index: int64(s.next), Key: r.IdempotencyKey, UserID: r.UserID, ProductID: r.ProductID,
		Quantity: r.Quantity, PaymentMethodID: r.PaymentMethodID, StartTS: moments(s.now)}}
	s.next++
	if s.cfg.single {
		b.step("pay", 1)
		return
	}
	b.step("cart", 1)
}

// stepBuyer is one operation.
type stepBuyer struct {
	s    *stepSim
	r    purchase.Request
	op   runs.Operation
	cart *stepCart
	key  string // of the last attempt
}

// send sends a request and calls then with the row and the answer.
func (b *stepBuyer) send(kind, step, key string, work func(reply func(stepAnswer)), then func(stepAnswer)) {
	s := b.s
	a := runs.Attempt{Stage: "load", Index: b.op.Index, Number: b.op.Attempts, Kind: kind, Key: key, Step: step, StartTS: moments(s.now), Sent: true}
	if s.cfg.single {
		a.Step = ""
	}
	start, ended := s.now, false
	end := func(class string, x stepAnswer) {
		if ended {
			return
		}
		ended = true
		if class != "" {
			x = stepAnswer{reason: class}
		}
		a.LatencyMS = float64(s.now-start) / 1e6
		a.Class, a.Status, a.OrderID, a.Replayed, a.Reason, a.AnsweredAmount, a.Meaning = class, x.status, x.order, x.replayed, x.reason, x.amount, x.meaning.String()
		s.stage.Attempts = append(s.stage.Attempts, a)
		then(x)
	}
	s.at(start+s.cfg.patience, func() { end("timeout", stepAnswer{}) })
	if s.chance(s.cfg.dropBefore) {
		s.after(5000, func() { end("eof", stepAnswer{}) })
		return
	}
	s.after(20_000, func() {
		work(func(x stepAnswer) {
			lost := s.chance(s.cfg.dropAfter)
			s.after(20_000, func() {
				if lost {
					end("eof", stepAnswer{})
					return
				}
				end("", x)
			})
		})
	})
}

// step sends the n-th attempt at a step.
func (b *stepBuyer) step(step string, n int) {
	s := b.s
	b.op.Attempts++
	if n == 1 {
		b.op.Steps++
	}
	kind, key := runs.Original, purchase.StepKey(b.r.IdempotencyKey, step, step == "pay")
	if n > 1 {
		if kind = runs.Retry; s.cfg.newKeys && key != "" {
			key = fmt.Sprintf("%s-%d-%d", key, b.op.Index, n)
		}
	}
	b.key = key
	work := func(reply func(stepAnswer)) { s.newCart(b.r, key, reply) }
	if step == "pay" {
		work = func(reply func(stepAnswer)) { s.pay(b.cart, key, reply) }
		if s.cfg.single {
			work = func(reply func(stepAnswer)) { s.buy(b.r, key, reply) }
		}
	}
	b.send(kind, step, key, work, func(x stepAnswer) {
		again := x.meaning == purchase.MeansUnclear || x.meaning == purchase.MeansInProgress || x.meaning == purchase.MeansTurnedAway
		switch {
		case again && n < s.cfg.attempts:
			s.after(30_000, func() { b.step(step, n+1) })
		case x.meaning == purchase.MeansStepDone && !s.chance(s.cfg.quit):
			b.cart = x.cart
			s.after(5000, func() { b.step("pay", 1) })
		case x.meaning == purchase.MeansPending:
			b.poll(x.of, 1)
		default:
			b.end(x)
		}
	})
}

// poll asks what became of an order, until it is known.
func (b *stepBuyer) poll(of *stepOrder, n int) {
	s := b.s
	s.after(100_000, func() {
		b.op.Polls++
		b.send(runs.Poll, "pay", b.key, func(reply func(stepAnswer)) { reply(s.observed(of)) }, func(x stepAnswer) {
			if most := map[bool]int{true: 1, false: 30}[s.cfg.lazy]; x.meaning.IsDefinite() || n >= most {
				b.end(x)
				return
			}
			b.poll(of, n+1)
		})
	})
}

func (b *stepBuyer) end(x stepAnswer) {
	b.op.EndTS, b.op.Status, b.op.Reason, b.op.OrderID = moments(b.s.now), x.status, x.reason, x.order
	b.s.stage.Operations = append(b.s.stage.Operations, b.op)
	b.s.after(5000, b.s.work)
}

// --- service

func (s *stepSim) newCart(r purchase.Request, key string, reply func(stepAnswer)) {
	slot := fmt.Sprint(r.UserID, " ", key)
	if s.chance(s.cfg.busy) {
		reply(stepAnswer{status: 503, meaning: purchase.MeansTurnedAway, reason: "overloaded"})
		return
	}
	if known := s.byKey[slot]; known != nil && s.cfg.keyed && key != "" {
		if known.product != int64(r.ProductID) || known.quantity != r.Quantity {
			reply(stepAnswer{status: 422, meaning: purchase.MeansKeyReused, reason: "key_reused"})
			return
		}
		if s.defective("step_flips", .4) {
			reply(stepAnswer{status: 409, meaning: purchase.MeansNoStock, reason: "out_of_stock"})
			return
		}
		reply(s.cartAnswer(known, s.cfg.marked))
		return
	}
	c := &stepCart{id: fmt.Sprintf("c%d", len(s.carts)+1), key: key, user: int64(r.UserID), product: int64(r.ProductID), quantity: r.Quantity, at: s.now}
	if s.cfg.holds && s.stock[c.product]-s.held[c.product] < c.quantity {
		reply(stepAnswer{status: 409, meaning: purchase.MeansNoStock, reason: "out_of_stock"})
		return
	}
	if c.holds = s.cfg.holds; c.holds {
		s.held[c.product] += c.quantity
	}
	s.carts, s.byKey[slot] = append(s.carts, c), c
	reply(s.cartAnswer(c, false))
}

func (s *stepSim) cartAnswer(c *stepCart, replayed bool) stepAnswer {
	x := stepAnswer{status: 201, meaning: purchase.MeansStepDone, replayed: replayed, cart: c}
	if s.cfg.cartsNamed {
		x.order = c.id
	}
	return x
}

// buy is a cart and its payment in one request, whose key holds for all users.
func (s *stepSim) buy(r purchase.Request, key string, reply func(stepAnswer)) {
	c := s.byKey[key]
	switch {
	case c == nil || key == "":
		c = &stepCart{id: fmt.Sprintf("c%d", len(s.carts)+1), key: key, user: int64(r.UserID), product: int64(r.ProductID), quantity: r.Quantity, at: s.now}
		s.carts, s.byKey[key] = append(s.carts, c), c
	case c.user != int64(r.UserID) || c.product != int64(r.ProductID) || c.quantity != r.Quantity:
		reply(stepAnswer{status: 422, meaning: purchase.MeansKeyReused, reason: "key_reused"})
		return
	}
	s.pay(c, key, reply)
}

func (s *stepSim) pay(c *stepCart, key string, reply func(stepAnswer)) {
	slot := c.id + " " + key
	if key == "" {
		s.seq++
		slot = fmt.Sprint(s.seq)
	}
	known, there := s.slots[slot]
	switch {
	case s.chance(s.cfg.busy):
		reply(stepAnswer{status: 503, meaning: purchase.MeansTurnedAway, reason: "overloaded"})
		return
	case there && known == nil:
		reply(stepAnswer{status: 409, meaning: purchase.MeansInProgress, reason: "in_progress"})
		return
	case there && s.defective("double_order", .8):
		c.paid, c.holds = false, false
	case there:
		x := s.answer(known)
		x.replayed = s.cfg.marked
		reply(x)
		return
	}
	s.slots[slot] = nil
	s.after(s.cfg.service, func() {
		o := s.order(c, key)
		s.slots[slot] = o
		reply(s.answer(o))
	})
}

// order makes the order of a cart, or refuses it.
func (s *stepSim) order(c *stepCart, key string) *stepOrder {
	amount := s.fixture.Products[c.product-1].Price * c.quantity
	switch {
	case c.paid:
		return &stepOrder{code: "cart_paid"}
	case s.cfg.settle == 0 && s.money[c.user] < amount:
		return &stepOrder{code: purchase.InsufficientBalance} // the cart stays, and holds what it held
	case !c.holds && s.stock[c.product]-s.held[c.product] < c.quantity:
		return &stepOrder{code: purchase.OutOfStock}
	}
	if !c.holds {
		s.held[c.product] += c.quantity
	}
	c.paid, c.holds = true, false
	o := s.made(c, key)
	if s.cfg.settle == 0 {
		s.settle(o)
	} else if !s.defective("never_settles", .3) {
		s.after(s.cfg.settle, func() { s.settle(o) })
	}
	return o
}

// made appends a PENDING order of a cart.
func (s *stepSim) made(c *stepCart, key string) *stepOrder {
	o := &stepOrder{cart: c, Order: purchase.Order{
		OrderID: fmt.Sprintf("o%d", len(s.orders)+1), IdempotencyKey: key, UserID: purchase.ID(c.user), ProductID: purchase.ID(c.product),
		Quantity: c.quantity, PaymentMethodID: purchase.ID(c.user), Status: purchase.Pending, CreatedAt: moments(s.now), Amount: s.fixture.Products[c.product-1].Price * c.quantity,
	}}
	s.orders = append(s.orders, o)
	return o
}

func (s *stepSim) settle(o *stepOrder) {
	c := o.cart
	s.held[c.product] -= c.quantity
	o.UpdatedAt = moments(s.now)
	if s.cfg.settle > 0 && s.defective("accepted_lost", .3) {
		o.lost = true
		return
	}
	if s.money[c.user] < o.Amount {
		o.Status, o.Reason = purchase.Cancelled, purchase.InsufficientBalance
		o.lies = s.cfg.settle > 0 && s.defective("poll_lies", .7)
		return
	}
	o.Status = purchase.Confirmed
	s.stock[c.product] -= c.quantity
	for range map[bool]int{false: 1, true: 2}[s.defective("charge_twice", .3)] {
		s.money[c.user] -= o.Amount
		s.ledger = append(s.ledger, purchase.Entry{EntryID: fmt.Sprint(len(s.ledger) + 1), OrderID: o.OrderID, UserID: o.UserID, Kind: purchase.Charge, Amount: o.Amount, At: moments(s.now)})
	}
}

// answer is what a payment is answered with.
func (s *stepSim) answer(o *stepOrder) stepAnswer {
	x := stepAnswer{status: 201, meaning: purchase.MeansConfirmed, of: o, amount: o.Amount}
	if s.cfg.named {
		x.order = o.OrderID
	}
	code := o.Reason
	if o.OrderID == "" {
		code = o.code
	}
	switch {
	case code == purchase.InsufficientBalance:
		x.status, x.meaning, x.reason = 402, purchase.MeansNoMoney, string(code)
	case code == purchase.OutOfStock:
		x.status, x.meaning, x.reason = 409, purchase.MeansNoStock, string(code)
	case code != "":
		x.status, x.meaning, x.reason = 409, purchase.MeansDeclined, string(code)
	case o.Status == purchase.Pending:
		x.status, x.meaning, x.reason, x.amount = 202, purchase.MeansPending, "pending", 0
	}
	return x
}

// observed is what a poll is answered with.
func (s *stepSim) observed(o *stepOrder) stepAnswer {
	x := s.answer(o)
	switch {
	case o.lost:
		return stepAnswer{status: 404, reason: "http_404"}
	case o.lies:
		x = stepAnswer{status: 200, meaning: purchase.MeansConfirmed, order: x.order, amount: o.Amount}
	case x.meaning == purchase.MeansPending:
	default:
		x.status = 200
	}
	if x.meaning == purchase.MeansConfirmed && !o.lies && s.defective("other_amount", .3) {
		x.amount++
	}
	return x
}

// --- looking

// sample reads an order, or a cart, again and again while clients are at work.
func (s *stepSim) sample() {
	x := Sample{Asked: moments(s.now), Answered: moments(s.now + 1)}
	if n := len(s.orders); n > 0 && s.chance(.6) {
		if o := s.orders[s.rng.IntN(n)]; !o.lost {
			x.Orders = append(x.Orders, s.shown(o.Order))
		}
	} else if n := len(s.carts); n > 0 && s.cfg.listed {
		if c := s.carts[s.rng.IntN(n)]; !c.paid {
			x.Orders = append(x.Orders, s.cartOrder(c, purchase.Pending))
		}
	}
	if len(x.Orders) > 0 {
		s.samples = append(s.samples, x)
	}
	if s.next < s.cfg.ops {
		s.after(50_000, s.sample)
	}
}

// state is what the service shows at last.
func (s *stepSim) state() *State {
	for _, c := range s.carts {
		if s.cfg.defect == "undecided" && !c.paid && s.cfg.keyed && s.chance(.7) {
			s.decideAlone(c)
		}
	}
	st := &State{At: moments(s.now + int64(time.Minute)), LagMS: new(int64), Ledger: append([]purchase.Entry{}, s.ledger...)}
	for _, o := range s.orders {
		if !o.lost {
			st.Orders = append(st.Orders, s.shown(o.Order))
		}
	}
	for _, c := range s.carts {
		s.showCart(st, c)
	}
	for _, p := range s.fixture.Products {
		id := int64(p.ProductID)
		x := purchase.Product{ProductID: p.ProductID, Price: p.Price, Stock: s.stock[id] - s.held[id], Reserved: s.held[id]}
		st.Products = append(st.Products, x)
	}
	for _, u := range s.fixture.Users {
		st.Users = append(st.Users, purchase.User{UserID: u.UserID, Balance: s.money[int64(u.UserID)]})
	}
	return st
}

// decideAlone buys a cart of which no payment was sent.
func (s *stepSim) decideAlone(c *stepCart) {
	if !c.holds {
		s.held[c.product] += c.quantity
	}
	c.paid, c.holds = true, false
	o := s.made(c, c.key)
	if s.settle(o); o.Status == purchase.Confirmed {
		s.effects++
	}
}

// showCart ends a cart, perhaps, and shows it as an order, where they are.
func (s *stepSim) showCart(st *State, c *stepCart) {
	if c.paid {
		return
	}
	status := purchase.Pending
	if s.chance(s.cfg.expire) {
		if status = purchase.Cancelled; c.holds {
			s.held[c.product] -= c.quantity
		}
	}
	if s.cfg.listed {
		st.Orders = append(st.Orders, s.cartOrder(c, status))
	}
}

// cartOrder is a cart as an order.
func (s *stepSim) cartOrder(c *stepCart, status purchase.Status) purchase.Order {
	return s.shown(purchase.Order{OrderID: c.id, IdempotencyKey: c.key, UserID: purchase.ID(c.user), ProductID: purchase.ID(c.product),
		Quantity: c.quantity, Status: status, CreatedAt: moments(c.at), UpdatedAt: moments(c.at)})
}

func (s *stepSim) shown(o purchase.Order) purchase.Order {
	if !s.cfg.keysShown {
		o.IdempotencyKey = ""
	}
	return o
}

// evidence is all that can be known of the simulation.
func (s *stepSim) evidence() Evidence {
	fixture := s.fixture
	return Evidence{Stages: []runs.Stage{s.stage}, Fixture: &fixture, After: s.state(), Samples: s.samples, Sealed: true, Seed: fmt.Sprint(s.cfg.seed)}
}

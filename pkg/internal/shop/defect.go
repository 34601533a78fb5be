package shop

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"sagalab/pkg/purchase"
)

// Defect names something that the service does wrong on purpose, so that an audit
// can be tried on it. Defects stand in front of the saga's participants and of
// the HTTP face; the honest code knows nothing of them.
type Defect string

// The defects; KnownDefects says what they do.
const (
	SecondOrder       Defect = "second_order"
	FlippedOutcome    Defect = "flipped_outcome"
	KeyReuseAccepted  Defect = "key_reuse_accepted"
	SharedOrder       Defect = "shared_order"
	Oversell          Defect = "oversell"
	SpuriousStock     Defect = "spurious_out_of_stock"
	SpuriousMoney     Defect = "spurious_insufficient_balance"
	Overspend         Defect = "overspend"
	OrphanReservation Defect = "orphaned_reservation"
	MoneyVanishes     Defect = "money_vanishes"
	DoubleCharge      Defect = "double_charge"
	LostRefund        Defect = "lost_refund"
	LargeRefund       Defect = "large_refund"
	NoButConfirmed    Defect = "no_but_confirmed"
	YesButCancelled   Defect = "yes_but_cancelled"
	PhantomOrder      Defect = "phantom_order"
	StuckSaga         Defect = "stuck_saga"
	NegativeStock     Defect = "negative_stock"
	StatusBackwards   Defect = "status_backwards"
	LostOrder         Defect = "lost_order"
	WrongUndoOrder    Defect = "wrong_undo_order"
	NullCompensation  Defect = "null_compensation"
	EarlyCompensation Defect = "early_compensation"
	HangingStep       Defect = "hanging_step"
	DoubleStep        Defect = "double_step"
)

// DefectInfo describes a defect.
type DefectInfo struct {
	Name Defect
	// Rule is the audit's rule that must find it wherever it had an effect; other
	// rules may find it, too.
	Rule string
	// Share is the part of the purchases that it may strike.
	Share float64
	// Does is what it does, in a sentence.
	Does string

	saga  func(*defects, participants) participants // in front of the participants
	order func(*defects, http.Handler) http.Handler // in front of POST /purchase
	view  func(*defects) view                       // between the reads and who reads
}

// known are all defects, in the order of the rules that find them.
var known = []DefectInfo{
	{Name: SecondOrder, Rule: "K1", Share: 0.5, order: (*defects).secondOrder,
		Does: "a purchase that is asked for again under its key is bought again, as an order of its own"},
	{Name: FlippedOutcome, Rule: "K2", Share: 0.5, order: (*defects).flippedOutcome,
		Does: "a confirmed purchase that is asked for again is answered with out_of_stock"},
	{Name: KeyReuseAccepted, Rule: "K3", Share: 1, order: (*defects).keyReuseAccepted,
		Does: "another payload under a key that was used is bought"},
	{Name: SharedOrder, Rule: "K4", Share: 0.3, order: (*defects).sharedOrder,
		Does: "a purchase is answered with the order of an earlier one under another key that asked for the same"},
	{Name: Oversell, Rule: "S1", Share: 1, saga: (*defects).oversell,
		Does: "one piece more than there is of a product is sold, when purchases come together at the end of its stock"},
	{Name: SpuriousStock, Rule: "S2", Share: 0.3, saga: (*defects).spuriousStock,
		Does: "a purchase is refused as out_of_stock without looking at the stock"},
	{Name: SpuriousMoney, Rule: "B1", Share: 0.3, saga: (*defects).spuriousMoney,
		Does: "a purchase is refused as insufficient_balance without looking at the balance"},
	{Name: Overspend, Rule: "B1", Share: 1, saga: (*defects).overspend,
		Does: "a balance that does not cover a purchase is emptied and the purchase confirmed"},
	{Name: OrphanReservation, Rule: "C1", Share: 0.5, saga: (*defects).orphanReservation,
		Does: "a purchase is cancelled and keeps its reservation"},
	{Name: MoneyVanishes, Rule: "C2", Share: 0.3, saga: (*defects).moneyVanishes,
		Does: "a balance falls by one minor unit more than the ledger says"},
	{Name: DoubleCharge, Rule: "C3", Share: 0.3, saga: (*defects).doubleCharge,
		Does: "a charge takes effect twice, as when it is repeated because its reply was lost"},
	{Name: LostRefund, Rule: "C3", Share: 0.3, saga: (*defects).lostRefund,
		Does: "a purchase that the last step refuses (which this defect makes it do) is cancelled without its refund"},
	{Name: LargeRefund, Rule: "C3", Share: 0.3, saga: (*defects).largeRefund,
		Does: "a purchase that the last step refuses (which this defect makes it do) is refunded one minor unit too much"},
	{Name: NoButConfirmed, Rule: "C4", Share: 0.3, order: (*defects).noButConfirmed,
		Does: "a purchase that is confirmed is answered with out_of_stock"},
	{Name: YesButCancelled, Rule: "C4", Share: 0.5, order: (*defects).yesButCancelled,
		Does: "a purchase that is cancelled is answered as if it were confirmed"},
	{Name: PhantomOrder, Rule: "C4", Share: 0.3, order: (*defects).phantomOrder,
		Does: "with a confirmed purchase comes a second one that nobody asked for, under a key that nobody sent"},
	{Name: StuckSaga, Rule: "C5", Share: 0.2, saga: (*defects).stuckSaga,
		Does: "a purchase stays pending after its last step"},
	{Name: NegativeStock, Rule: "C6", Share: 1, view: (*defects).negativeStock,
		Does: "every second look at a product shows a stock of -1"},
	{Name: StatusBackwards, Rule: "C7", Share: 0.5, view: (*defects).statusBackwards,
		Does: "every second look at a single confirmed order shows it as pending"},
	{Name: LostOrder, Rule: "C8", Share: 0.3, view: (*defects).lostOrder,
		Does: "a confirmed order is missing in every read of orders"},
	{Name: WrongUndoOrder, Rule: "T1", Share: 0.3, saga: (*defects).wrongUndoOrder,
		Does: "a purchase that the last step refuses (which this defect makes it do) is taken back first step first"},
	{Name: NullCompensation, Rule: "T2", Share: 0.5, saga: (*defects).nullCompensation,
		Does: "a reservation that was refused is released, and the stock grows"},
	{Name: EarlyCompensation, Rule: "T2", Share: 0.3, saga: (*defects).earlyCompensation,
		Does: "the release of a reservation arrives before it and takes effect, and so does the reservation"},
	{Name: HangingStep, Rule: "T3", Share: 0.5, saga: (*defects).hangingStep,
		Does: "a reservation arrives a second time after its release and takes effect again"},
	{Name: DoubleStep, Rule: "T4", Share: 0.3, saga: (*defects).doubleStep,
		Does: "a reservation takes effect twice, as when it is delivered twice"},
}

// KnownDefects lists all defects, in the order of the rules that find them.
func KnownDefects() []DefectInfo { return slices.Clone(known) }

func (d Defect) info() (DefectInfo, bool) {
	i := slices.IndexFunc(known, func(k DefectInfo) bool { return k.Name == d })
	if i < 0 {
		return DefectInfo{}, false
	}
	return known[i], true
}

func validateDefects(list []Defect) error {
	var errs []error
	for _, d := range list {
		if _, there := d.info(); !there {
			errs = append(errs, fmt.Errorf("there is no defect %.60q: choose from those that sagalab serve --help lists", string(d)))
		}
	}
	return errors.Join(errs...)
}

// maxStruck is how many orders are noted for each defect.
const maxStruck = 100_000

// defects are those that are switched on. Safe for concurrent use.
type defects struct {
	shop *Shop
	on   []DefectInfo
	seed uint64
	// share is what the list of known defects says; methods that are in that list
	// cannot look into it.
	share map[Defect]float64

	reserving, charging sync.Mutex // held where a defect has to look and act at once

	mu     sync.Mutex
	struck map[Defect][]string
	seen   map[mark]bool
	looks  map[string]int                      // by what was looked at
	extra  map[string][]traced                 // by order: effects that no barrier has
	equal  map[purchase.Request]purchase.Order // the latest confirmed order by payload
}

// mark says that a defect had an effect on something.
type mark struct {
	defect Defect
	on     string
}

func newDefects(s *Shop, names []Defect, seed uint64) *defects {
	d := &defects{shop: s, seed: seed, share: map[Defect]float64{}}
	for _, k := range known {
		if slices.Contains(names, k.Name) {
			d.on = append(d.on, k)
			d.share[k.Name] = k.Share
		}
	}
	d.begin()
	return d
}

// begin is called when a scene has been set: what was noted is of the last one.
func (d *defects) begin() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.struck = map[Defect][]string{}
	d.seen = map[mark]bool{}
	d.looks = map[string]int{}
	d.extra = map[string][]traced{}
	d.equal = map[purchase.Request]purchase.Order{}
}

// around puts the defects of the saga in front of p.
func (d *defects) around(p participants) participants {
	for _, k := range d.on {
		if k.saga != nil {
			p = k.saga(d, p)
		}
	}
	return p
}

// facing puts the defects of the HTTP face in front of it.
func (d *defects) facing(h http.Handler) http.Handler {
	if len(d.on) == 0 {
		return h
	}
	h = d.showing(h)
	for _, k := range d.on {
		if k.order != nil {
			h = k.order(d, h)
		}
	}
	return h
}

// strikes draws whether a defect applies to the purchase with a key.
func (d *defects) strikes(name Defect, key string) bool {
	return lot(d.seed, string(name), key, 0) < d.share[name]
}

// note keeps that a defect had an effect on an order, or on what else it strikes.
// It reports whether this is the first time.
func (d *defects) note(name Defect, on string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := mark{name, on}
	if d.seen[m] || len(d.struck[name]) >= maxStruck {
		return false
	}
	d.seen[m] = true
	d.struck[name] = append(d.struck[name], on)
	return true
}

func (d *defects) noted(name Defect, on string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seen[mark{name, on}]
}

// Struck lists the orders that a defect had an effect on since the scene was set,
// in the order in which it had; for NegativeStock they are products. It is kept
// in memory only, at most the first 100 000.
func (s *Shop) Struck(name Defect) []string {
	s.defects.mu.Lock()
	defer s.defects.mu.Unlock()
	return slices.Clone(s.defects.struck[name])
}

// effect keeps an effect that happened behind a barrier's back, for the trace.
func (d *defects) effect(orderID, step, action string, at int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.extra[orderID] = append(d.extra[orderID], traced{step: step, action: action, at: at})
}

// retrace adds those effects to an order's steps.
func (d *defects) retrace(o *purchase.Order) {
	d.mu.Lock()
	extra := d.extra[o.OrderID]
	d.mu.Unlock()
	if len(extra) == 0 {
		return
	}
	for _, e := range extra {
		o.Steps = append(o.Steps, purchase.Step{Step: e.step, Action: e.action, At: moment(e.at)})
	}
	slices.SortStableFunc(o.Steps, func(a, b purchase.Step) int { return a.At.Compare(b.At) })
	for i := range o.Steps {
		o.Steps[i].Seq = i + 1
	}
}

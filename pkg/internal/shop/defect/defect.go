package defect

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"sagalab/pkg/internal/shop/store"
)

// Defect names a fault that is injected into the service, so that an audit can be
// tried on it. Defects wrap the saga's participants and the HTTP handler.
type Defect string

// The defects; Known describes them.
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
	NullCompensation  Defect = "null_compensation"
	EarlyCompensation Defect = "early_compensation"
	HangingStep       Defect = "hanging_step"
	DoubleStep        Defect = "double_step"

	MissingStep        Defect = "missing_step"
	OtherRefusal       Defect = "other_refusal"
	KeyForgotten       Defect = "key_forgotten"
	WrongCustomer      Defect = "wrong_customer"
	AnswerDiffers      Defect = "answer_differs"
	OverloadedButDone  Defect = "overloaded_but_done"
	InProgressNotBegun Defect = "in_progress_not_begun"
)

// Info describes a defect.
type Info struct {
	Name Defect
	// Rule is the audit's rule that must find it wherever it had an effect; other
	// rules may find it, too.
	Rule string
	// Probability is that of a purchase to be affected, 0 to 1.
	Probability float64
	// Does describes the effect, in a sentence.
	Does string

	// GivesUp: for it to have an effect the service has to give a step up whose calls
	// fail: after the first such call, unless --participant-attempts sets another number.
	GivesUp bool

	saga  func(*Set, store.Calls) store.Calls   // wraps the participants
	order func(*Set, http.Handler) http.Handler // wraps POST /purchase
	view  func(*Set) view                       // changes answers to reads

	// Of a Distributed defect: wraps the calls where they are sent, or where they arrive, or both.
	caller, callee func(*Set, store.Calls) store.Calls
}

// known are all defects, in the order of the rules that find them.
var known = []Info{
	{Name: SecondOrder, Rule: "K1", Probability: 0.5, order: secondOrder,
		Does: "a purchase that is asked for again under its key is bought again, as an order of its own"},
	{Name: FlippedOutcome, Rule: "K2", Probability: 0.5, order: flippedOutcome,
		Does: "a confirmed purchase that is asked for again is answered with out_of_stock"},
	{Name: KeyReuseAccepted, Rule: "K3", Probability: 1, order: keyReuseAccepted,
		Does: "another payload under a key that was used is bought"},
	{Name: SharedOrder, Rule: "K4", Probability: 0.3, order: sharedOrder,
		Does: "a purchase is answered with the order of an earlier one under another key that asked for the same"},
	{Name: KeyForgotten, Rule: "K5", Probability: 1, order: keyForgotten,
		Does: "a key is forgotten once 50 newer ones were answered, and the purchase bought again"},
	{Name: OtherRefusal, Rule: "K5", Probability: 0.5, order: otherRefusal,
		Does: "a refused purchase that is asked for again is refused for another reason"},
	{Name: Oversell, Rule: "S1", Probability: 1, saga: oversell,
		Does: "one piece more than there is of a product is sold, when purchases come together at the end of its stock"},
	{Name: SpuriousStock, Rule: "S2", Probability: 0.3, saga: spuriousStock,
		Does: "a purchase is refused as out_of_stock without looking at the stock"},
	{Name: SpuriousMoney, Rule: "B1", Probability: 0.3, saga: spuriousMoney,
		Does: "a purchase is refused as insufficient_balance without looking at the balance"},
	{Name: Overspend, Rule: "B1", Probability: 1, saga: overspend,
		Does: "a balance that does not cover a purchase is emptied and the purchase confirmed"},
	{Name: OrphanReservation, Rule: "C1", Probability: 0.5, saga: orphanReservation,
		Does: "a purchase is cancelled and keeps its reservation"},
	{Name: MoneyVanishes, Rule: "C2", Probability: 0.3, saga: moneyVanishes,
		Does: "a balance falls by one minor unit more than the ledger says"},
	{Name: DoubleCharge, Rule: "C3", Probability: 0.3, saga: doubleCharge,
		Does: "a charge takes effect twice, as when it is repeated because its reply was lost"},
	{Name: LostRefund, Rule: "C3", Probability: 0.3, saga: lostRefund,
		Does: "a purchase that the last step refuses (which this defect makes it do) is cancelled without its refund"},
	{Name: LargeRefund, Rule: "C3", Probability: 0.3, saga: largeRefund,
		Does: "a purchase that the last step refuses (which this defect makes it do) is refunded one minor unit too much"},
	{Name: WrongCustomer, Rule: "C3", Probability: 0.3, saga: wrongCustomer,
		Does: "the charge goes to the user with the next id"},
	{Name: NoButConfirmed, Rule: "C4", Probability: 0.3, order: noButConfirmed,
		Does: "a purchase that is confirmed is answered with out_of_stock"},
	{Name: YesButCancelled, Rule: "C4", Probability: 0.5, order: yesButCancelled,
		Does: "a purchase that is cancelled is answered as if it were confirmed"},
	{Name: PhantomOrder, Rule: "C4", Probability: 0.3, order: phantomOrder,
		Does: "with a confirmed purchase comes a second one that no request asked for, under a key that no request had"},
	{Name: AnswerDiffers, Rule: "C4", Probability: 0.3, order: answerDiffers,
		Does: "an answer names an amount of one minor unit more than the order has"},
	{Name: StuckSaga, Rule: "C5", Probability: 0.2, saga: stuckSaga,
		Does: "a purchase stays pending after its last step"},
	{Name: NegativeStock, Rule: "C6", Probability: 1, view: negativeStock,
		Does: "every second read of a product shows a stock of -1"},
	{Name: StatusBackwards, Rule: "C7", Probability: 0.5, view: statusBackwards,
		Does: "every second read of a single confirmed order shows it as pending"},
	{Name: LostOrder, Rule: "C8", Probability: 0.3, view: lostOrder,
		Does: "a confirmed order is missing in every read of orders"},
	{Name: OverloadedButDone, Rule: "C9", Probability: 0.3, order: overloadedButDone,
		Does: "a purchase that is confirmed is answered with 503 overloaded, which says that nothing happened"},
	{Name: InProgressNotBegun, Rule: "C10", Probability: 0.3, order: inProgressNotBegun,
		Does: "a purchase is answered with in_progress and never begun"},
	{Name: MissingStep, Rule: "T1", Probability: 0.3, view: missingStep,
		Does: "the steps of a confirmed order lack the charge"},
	{Name: NullCompensation, Rule: "T2", Probability: 0.5, saga: nullCompensation,
		Does: "a reservation that was refused is released, and the stock grows"},
	{Name: EarlyCompensation, Rule: "T2", Probability: 0.3, saga: earlyCompensation,
		Does: "the release of a reservation arrives before it and takes effect, and so does the reservation"},
	{Name: HangingStep, Rule: "T3", Probability: 0.5, saga: hangingStep,
		Does: "a reservation arrives a second time after its release and takes effect again"},
	{Name: DoubleStep, Rule: "T4", Probability: 0.3, saga: doubleStep,
		Does: "a reservation takes effect twice, as when it is delivered twice"},
}

// Known lists the defects that any service can have, in the order of the rules that find
// them. Distributed lists the others.
func Known() []Info { return slices.Clone(known) }

func (d Defect) info() (Info, bool) {
	for _, list := range [][]Info{known, distributed} {
		if i := slices.IndexFunc(list, func(k Info) bool { return k.Name == d }); i >= 0 {
			return list[i], true
		}
	}
	return Info{}, false
}

// isDistributed reports whether only a service with participants in other processes has d.
func (i Info) isDistributed() bool { return i.caller != nil || i.callee != nil }

// ValidateAll reports all defects of a list that there are not, or, unless the participants
// are processes of their own, that lie between those; nil when there is none.
func ValidateAll(list []Defect, processes bool) error {
	var errs []error
	for _, d := range list {
		switch i, there := d.info(); {
		case !there:
			errs = append(errs, fmt.Errorf("there is no defect %.60q: choose from those that sagalab serve --help lists", string(d)))
		case i.isDistributed() && !processes:
			errs = append(errs, fmt.Errorf("defect %s lies between the service and its participants: it needs --participants http", d))
		}
	}
	return errors.Join(errs...)
}

// GiveUpAfter returns after how many failed calls of a step a service with these defects
// gives it up, 0 for never.
func GiveUpAfter(list []Defect) int {
	for _, d := range list {
		if i, _ := d.info(); i.GivesUp {
			return 1
		}
	}
	return 0
}

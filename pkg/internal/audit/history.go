package audit

import "sagalab/pkg/internal/audit/history"

// What is judged, and how, is declared in package history; these are its names for
// those who call Judge.
type (
	// Evidence is what is judged: the recorded stages, and what was read of the state.
	Evidence = history.Evidence
	// State is what the service's reading calls answered.
	State = history.State
	// Sample is what was read while load ran.
	Sample = history.Sample
	// Repeat is one purchase that was asked for again after the load.
	Repeat = history.Repeat
	// Call is one of the service's reading calls.
	Call = history.Call
	// Options says how evidence is judged.
	Options = history.Options
	// Meaning is what the end of an attempt says of its purchase.
	Meaning = history.Meaning
)

// The reading calls that make up a State.
const (
	OrdersCall   = history.OrdersCall
	ProductsCall = history.ProductsCall
	UsersCall    = history.UsersCall
	LedgerCall   = history.LedgerCall
	OrderCall    = history.OrderCall
)

// The meanings of an attempt's end.
const (
	Unclear    = history.Unclear
	NotSent    = history.NotSent
	Confirmed  = history.Confirmed
	NoStock    = history.NoStock
	NoMoney    = history.NoMoney
	Declined   = history.Declined
	Invalid    = history.Invalid
	InProgress = history.InProgress
	KeyReused  = history.KeyReused
)

// DefaultSettle is what Options.Settle means when it is 0.
const DefaultSettle = history.DefaultSettle

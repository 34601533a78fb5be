package market

import "time"

// StepOrder says in which order a purchase takes its two steps. The zero value is ReserveFirst.
type StepOrder int

// The orders of the steps.
const (
	ReserveFirst StepOrder = iota // stock is reserved, then the payment is charged
	ChargeFirst                   // the payment is charged, then stock is reserved
	Parallel                      // both at the same time
)

// IdentifierStyle says what the identifiers of orders and ledger entries look like. The zero value is Prefixed.
type IdentifierStyle int

// The styles of identifiers.
const (
	Prefixed IdentifierStyle = iota // ord_0000002s
	Numbers                         // 100
	UUIDs                           // 9f1c1c9e-0000-4000-8000-000000000064
)

// InFlight says what a call gets whose key's purchase is under way. The zero value is Wait.
type InFlight int

// The answers to a key that is under way.
const (
	Wait   InFlight = iota // the answer of the first call, once there is one
	Refuse                 // 409 in_progress at once
)

// Options describes a service. The zero value describes a plain correct one with the default fixture.
type Options struct {
	// Seed seeds delays, injected failures and the draw of the purchases that a bug concerns.
	Seed uint64
	// Delay is the longest delay before a step; 0 means 2 ms, a negative one none.
	Delay time.Duration
	// Steps is the order of the steps.
	Steps StepOrder
	// PageSize is the default and the upper bound of the rows of a page, 1 to 1000; 0 means 100.
	PageSize int
	// RaggedPages gives pages a random number of rows, from 1 to what was asked for.
	RaggedPages bool
	// ExtraMembers adds a member to each answer that the contract does not have.
	ExtraMembers bool
	// ReadsLag is how old the state is that all reads show, also after a new fixture.
	ReadsLag time.Duration
	// DeclareLag has GET /health say reads_lag_ms. A lag that is not declared breaks the contract.
	DeclareLag bool
	// LateRefusals answers a refusal as soon as all effects are undone: the order becomes CANCELLED, and its key
	// finished, up to two delays later. Until then the key is in progress.
	LateRefusals bool
	// Without is what the service leaves out.
	Without Without
	// Identifiers is the style of identifiers.
	Identifiers IdentifierStyle
	// KeyInFlight is what a call gets whose key's purchase is under way.
	KeyInFlight InFlight
	// KeyPerUser scopes keys to the user: the contract names the caller, which may be read like that.
	KeyPerUser bool
	// RetryAfter is the header of the same name with in_progress, busy and overloaded, in seconds.
	RetryAfter int
	// MaxInFlight is how many purchase calls are served at once, others get 503 overloaded; 0 means no limit.
	MaxInFlight int
	// ErrorRate is the fraction of purchase calls, 0 to 1, that get 500 or a closed connection before, during or
	// after the work. Each leaves a consistent state: a later call under the key is answered with what became of the purchase.
	ErrorRate float64
	// ClockSkew is added to all times that are shown.
	ClockSkew time.Duration
	// ClockResolution is what all times that are shown are cut to; 0 means nanoseconds.
	ClockResolution time.Duration
	// Zone is the time zone of all times that are shown; nil means UTC.
	Zone *time.Location
	// Fixture is the initial state; without users it is users 1 to 20 with 1 000 000 each and products 1 to 10 at
	// 100 with 1000 pieces each.
	Fixture Fixture
	// Bug is the name of one of Bugs; empty means none.
	Bug string
	// BugProbability is the fraction of purchases that the bug concerns, 0 to 1; 0 means the bug's own.
	BugProbability float64
}

// Without says what a service leaves out. The zero value leaves out nothing.
type Without struct {
	Orders, Order, Products, Users, Ledger bool // reading calls
	Version, Health, Scenario              bool // GET /version, GET /health, PUT /lab/scenario
	Keys                                   bool // idempotency_key of orders is empty
	Steps                                  bool // steps of orders are empty
	RefusalIDs                             bool // out_of_stock has no order_id; insufficient_balance must have it
}

// withDefaults returns the options with each zero value replaced by what it means.
func (o Options) withDefaults() Options {
	if o.Delay == 0 {
		o.Delay = 2 * time.Millisecond
	}
	if o.PageSize <= 0 || o.PageSize > 1000 {
		o.PageSize = 100
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if len(o.Fixture.Users) == 0 {
		o.Fixture = defaultFixture()
	}
	return o
}

// withBug returns the options with what the bug needs.
func (o Options) withBug(b Bug) Options {
	if o.BugProbability == 0 {
		o.BugProbability = b.Probability
	}
	if o.BugProbability == 0 {
		o.BugProbability = 0.05
	}
	if o.Steps == ReserveFirst {
		o.Steps = b.Steps
	}
	return o
}

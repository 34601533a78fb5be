// Package history holds the evidence of an audit as a model that rules look at:
// what was sent and answered (History), what the service's state shows of it
// (OrderIndex) and what there was before (Initial). New builds it. Nothing here
// judges, asks a service or reads a clock.
//
// # Attempts and purchases
//
// An attempt is one request. Its end is its start plus its latency. Its Meaning is
// confirmed (2xx), refused (a 4xx that is a definite no), turned away (nothing was done
// for it, such as 429), in progress, or unclear: a timeout, a connection that broke
// after the request was written, 5xx, or a 4xx that says nothing of the purchase. It is
// as package purchase reads it, and so as the load reported it. Unclear is never counted
// as refused: the purchase may have taken effect, until the state says otherwise.
//
// A Purchase is all attempts that carried one idempotency key and one payload, in
// whatever operations and stages of the run they were sent: when a client takes a
// new key for every attempt, each attempt is a purchase of its own.
//
// # Steps, polls and logins
//
// A purchase may take several requests (runs.Info.Steps), of which the last one decides.
// History.Attempts and all counts of a Purchase are those at the step that decides; History.All has
// the others behind them, by their Part. A poll is an observation: it may confirm or refuse the
// purchase, and buys nothing. An attempt at a step before the last widens the interval, and may
// leave something in the service, such as a cart that holds stock (StepCounts,
// Model.MayHaveLeft, OrderIndex.LeftBehind); it refuses the purchase only when no attempt at the
// one that decides was sent. An answer that accepts a purchase (Pending) leaves it open until a
// poll, or the state, says what became of it. Logins are left out.
//
// A key holds for a caller and a path. A path may name what a step before has made, so that
// several operations under one key need not be one purchase (History.IsLooseKey): what would
// violate a rule is unknown then.
//
// # What is not shown
//
// A service need not show every member of its orders, products and ledger: one that is zero
// is not shown. An order gets what it lacks from the purchase that certainly made it; one that
// may be of several purchases is Vague, and what it took is open. A price of 0 is none. Rules
// answer unknown where a member that is not shown would decide.
//
// # Intervals
//
// A purchase's interval runs from c, when its first attempt was sent, to r, when
// its answer had been read. Whatever the service did for it, it did within [c, r];
// without a definite answer r is infinite. One purchase came before another only
// when r < c; otherwise the two overlap, equal times included, and either order is
// possible.
//
// Times within one stage are consistent, whatever was done to the clock. Stages
// have to be given in the order in which they were executed; when their times
// contradict that order, the clock was set in between, and rules that compare times
// answer unknown (History.TimesUnusable).
package history

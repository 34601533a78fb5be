// Package audit judges whether a purchase service kept its invariants: from the
// recorded history alone, better with the state that the service shows after the
// load, best with the step traces of its sagas. Judge is pure: it reads no clock,
// asks no service and prints nothing. CheckLinearizability is a search that ends
// when its time is up.
//
// Package history turns the evidence into a model; its documentation defines
// attempt, purchase, meaning and interval. A rule is one file, named by its id and
// what it is about (c3_charge.go). It is a value of type rule whose judge function
// looks at the model and returns a ruling: what it looked at, what violates it, and
// how to show a violation. rules.go lists the rules in the order of the report.
//
// # What refusals prove
//
// Of a refusal one knows for sure only this:
//
//	what a confirmed purchase with r < c(refusal) took, was gone;
//	what any other confirmed or unclear purchase with c ≤ r(refusal) took,
//	may have been gone;
//	what a refused purchase that overlaps took, may have been held for a
//	while and given back; but who was refused for the same lack held nothing
//	of it, nor did an order whose steps are shown without the one that takes it.
//
// A rule raises an alarm only if no order of effects explains what was seen.
//
// # Purchases that take steps and time
//
// K1 to K4, and what an answer promises, are about the step that decides. What steps before it may
// have left is no order that was bought: such orders need not end (C5), and may explain fewer
// pieces (C1), less money (C2) and refusals (S2, B1). A purchase whose deciding step was never sent
// is not confirmed (C4). A note counts the purchases that ended after each step.
//
// # What others may have done
//
// Where others may have used the service (Evidence.Sealed is false), an order that the
// run did not send, more stock or money than expected, an amount at another price and
// a state without the first of the acknowledged orders are unknown, with the numbers
// and the reason. Fewer pieces or less money than all orders explain, and what became
// of the run's own orders, are judged as ever.
//
// Reads may be late: by what the service declares, else by the time for settling. A
// state that was changing while it was read (State.Unsettled) is not compared with
// stock, money and charges.
package audit

// Package market is a purchase service for tests, written from openapi.yaml and the literature alone: neither the
// reference service nor the audit was read for it. What an audit says of it is therefore evidence of its own. The zero
// Options are a service that keeps the contract; other options keep it in other ways; each of Bugs is a small deviation
// of the kind that services really had.
//
//	m, err := market.Start(market.Options{Steps: market.ChargeFirst, Bug: "refund-lost"})
//	defer m.Close()
//	… load m.URL() …
//	m.Quiesce()
//	m.Struck()     // how often the bug had an effect
//	m.Violations() // what is wrong inside, whatever the reads show
//
// All state is in memory, with all former values of it (history.go), so that a read can show what was so long ago. A
// purchase (purchase.go) takes its steps in short critical sections (stock.go, money.go) with random pauses between.
// A bug is a condition in the place where the mistake would have been made: search for its name.
//
// Bugs concern a fraction of the purchases, drawn by key, so that a purchase is concerned in all its calls. Struck
// counts effects that calls can show, not attempts: a lost update without another purchase in between is none.
//
// # Where the contract leaves a choice
//
// The service does what follows; other readings are possible.
//
//   - Caller: without authentication there is one, so a key is the same for all users; KeyPerUser takes the user for it.
//   - Payload: idempotency_key is not part of it, since the key may move between header and body; unknown members are.
//   - A known key is regarded before unknown users and products: 422 comes before 404.
//   - The payment method of another user is unknown_payment_method.
//   - The price is that of the order's creation. With ChargeFirst an order that got out_of_stock has the amount 0, while
//     the ledger has its charge and refund. The amount stays when reserved pieces are given back.
//   - Each refusal for stock has an order, also if nothing was done.
//   - A refusal may be answered once its effects are undone, before the order is CANCELLED (LateRefusals). Its key is in
//     progress until then, so that in_progress may follow a refusal for a moment.
//   - An order goes through COMPENSATING even if there is nothing to undo.
//   - The replayed order is the one of the confirmation, byte for byte in its members.
//   - 503 overloaded says that this call did nothing; an earlier one under the key may have.
//   - A lag is that of all reads, also of a new fixture. Each read has its own moment: pages are no snapshot.
//   - Topping up is not in the ledger, which has charges and refunds of orders only.
//   - Idempotent-Replayed is sent with 200 only, not with a refusal that is answered again.
//   - Without.Keys, Without.Steps and Without.Health leave out what the contract strictly requires.
package market

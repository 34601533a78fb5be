// Package participant is the service that dtm's sagas call, for tests: orders, stock and payments behind one HTTP address. It is written
// from dtm's documentation alone: what a branch is asked with and answers, and the barrier that makes each operation of a branch take
// effect once, a compensation without its action take none, and an action after its compensation take none either.
//
// A purchase is a saga of four steps, each with the same payload, {"user": ..., "product": ..., "quantity": ...}:
//
//	POST /orders/create      /orders/cancel       an order PENDING, or CANCELLED
//	POST /stock/deduct       /stock/restore
//	POST /payments/charge    /payments/refund
//	POST /orders/confirm     no compensation: it is the last step and is never refused
//
// The id of an order is the gid of its saga. The state can be read, and is set anew with PUT /fixture.
package participant

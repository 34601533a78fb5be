// Package store holds the participants of the reference service: the orders, the stock
// and the payments, each in a database of its own, a SQLite file or a PostgreSQL
// schema.
//
// A saga's calls (saga_calls.go) go through a barrier that makes them idempotent
// (barrier.go). On PostgreSQL, processes share the databases by leases (leases.go).
package store

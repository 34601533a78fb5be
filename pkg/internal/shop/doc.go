// Package shop is the reference service that serves the contract of package
// purchase: one purchase is one saga over three participants (stock, payments,
// orders), each with a database of its own, so that only the saga keeps them
// consistent. Start reading at saga.go; a request enters at http.go and purchases.go,
// and recovery.go continues what was interrupted.
//
// Package store holds the participants and their databases, package httpio parses
// requests and writes answers, package defect injects trouble and defects.
//
// DBOS Transact keeps the saga's progress in a fourth database. Databases are SQLite
// files beside each other, for one process; they survive kill -9 at any time, and the
// next Open continues every purchase that was under way. They are written with
// synchronous=NORMAL, so a power cut may lose the last transactions.
//
// Or they are schemas of one PostgreSQL database, for any number of processes: the
// others continue the purchases of a process that dies within seconds
// (store/leases.go), one process sets a fixture for all (fixture_shared.go), and what
// was acknowledged survives power cuts. No transaction spans two participants there
// either.
//
// This is the only package of the module that runs sagas on DBOS.
package shop

// Package shop is the reference service that speaks the contract of package
// purchase: one purchase is one saga over three participants (stock, payments,
// orders), each with a database of its own, so that nothing but the saga holds
// them together. Start reading at saga.go.
//
// The saga's progress is kept by DBOS Transact in a fourth database. Databases
// are SQLite files beside each other, for one process; they survive kill -9 at any
// moment, and the next Open continues every purchase that was under way. They are
// written with synchronous=NORMAL, so a power cut may lose the last moments.
//
// Or they are schemas of one PostgreSQL database, for any number of processes: one
// that dies leaves its purchases to the others, within seconds (peers.go), a scene
// is set by one for all (scene_shared.go), and what was acknowledged survives power
// cuts. No transaction spans two participants there either.
//
// This is the only package of the module that imports DBOS.
package shop

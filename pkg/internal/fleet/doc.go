// Package fleet runs one stage of load on many machines. Workers join through a
// database. The process that asks for a stage, the coordinator, collects what they
// recorded into one run, as if one machine had sent the stage.
//
//	Fleet.Source (coordinator*.go)         a worker (worker.go, assignment*.go)
//	──────────────────────────────         ────────────────────────────────────
//	choose workers, enqueue a partition
//	for each on the engine's queue    ──▶  claim a partition, make its client,
//	                                       report ready
//	all are ready: set the start      ──▶  wait for it, send (runner.Sender),
//	                                       keep records in an outbox on disk
//	append records to the run         ◀──  upload them each second
//	all have ended, or are silent:         report how the partition ended
//	finish the run
//
// A partition is sent at most once. A worker that dies or is silent for longer than
// timeouts.heartbeatTimeout is named in the result, what it uploaded is kept, and the
// rest is counted as lost. It is never sent again: purchases that are sent twice are
// worse than purchases that are missing.
//
// What a killed coordinator leaves, and the outboxes of killed workers, Fleet.Collect
// brings into a run (collect*.go); a worker delivers a kept outbox when a collection asks
// for it (redelivery.go). Load goes only to origins that the worker's own configuration
// allows (plan.go): what is in the database is not trusted with that.
//
// The queue is DBOS Transact's, as for the reference service's saga; the tables
// beside it are in schema.go. The database is PostgreSQL for several machines, or a
// SQLite file for several processes of one.
package fleet

// Version is the version of what workers and coordinators write for one another in
// the database. It changes when a program of another version would misread it; a
// worker of another version gets no partition (Member.Free).
const Version = "fleet-8"

// Package fleet runs one stage of load on many machines. Workers join through a
// database; whoever asks for a stage gathers what they recorded, into one run that
// looks as if one machine had sent it.
//
//	Gather (gather.go)                     a worker (worker.go, work.go)
//	──────────────────                     ─────────────────────────────
//	choose workers, enqueue a share for
//	each on the engine's queue        ──▶  take a share, make its client,
//	                                       say that it is ready
//	all are ready: agree on a start   ──▶  wait for it, send (scenario.Sender),
//	                                       keep records in an outbox on disk
//	append records to the run         ◀──  deliver them each second (deliver.go)
//	all have ended, or went silent:        say how the share ended
//	finish the run
//
// A share is run at most once. A worker that dies or goes silent is named, what it
// delivered is kept, and what is missing is counted as lost: it is never run
// again, because purchases that were sent twice would be worse than purchases that
// are missing.
//
// The queue is DBOS Transact's, as the reference service's saga is; the tables
// beside it are in schema.go. The database is PostgreSQL for several machines, or a
// SQLite file for several processes of one.
package fleet

// Version is what workers and those who gather must agree on. It changes when
// what one of them writes would be misread by another.
const Version = "fleet-1"

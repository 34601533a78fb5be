package fleet

import "time"

// timeouts bound how long the processes of a fleet wait for one another and for their
// database. All are above 0.
type timeouts struct {
	// heartbeatTimeout is how long a worker, or a coordinator, may be silent before the
	// others take it for dead, while the database can be reached. Statements and short
	// transactions are bounded by it, or by twice as much.
	heartbeatTimeout time.Duration
	// readyTimeout is how long the chosen workers may take until all are ready to start.
	readyTimeout time.Duration
	// dbOutageMax is how long the database may be out of reach while a coordinator
	// collects. It is longer than orphanTimeout, so that a worker stops before its
	// coordinator gives up.
	dbOutageMax time.Duration
	// orphanTimeout is how long a worker goes on sending while it cannot reach the
	// database, which is the only way to stop it.
	orphanTimeout time.Duration
	// deliveryTimeout is how long a worker, after its partition has ended, retries
	// uploads without any success before it gives up.
	deliveryTimeout time.Duration
}

// defaultTimeouts are those of a database that is opened. Tests have others.
var defaultTimeouts = timeouts{
	heartbeatTimeout: 5 * time.Second,
	readyTimeout:     20 * time.Second,
	dbOutageMax:      60 * time.Second,
	orphanTimeout:    30 * time.Second,
	deliveryTimeout:  60 * time.Second,
}

// How often the processes of a fleet do what they do by the clock.
const (
	// heartbeatEvery is how often a worker updates its row in workers.
	heartbeatEvery = time.Second
	// queuePoll is how often a free worker looks for a partition.
	queuePoll = 100 * time.Millisecond
	// heedStopEvery is how often a worker looks whether its load was stopped.
	heedStopEvery = 400 * time.Millisecond
	// uploadEvery is how often a worker uploads records: its death loses at most as much.
	uploadEvery = time.Second
	// pollEvery is how often a coordinator fetches records and updates its row in loads.
	pollEvery = 200 * time.Millisecond
	// redeliverEvery is how often a worker looks whether a load is being collected of
	// which it keeps records.
	redeliverEvery = time.Second
	// startDelay is how far ahead the common start is set: workers look every 50 ms.
	startDelay = time.Second
	// stopTimeout is how long a coordinator waits, after it has stopped a load, for
	// workers that upload nothing more.
	stopTimeout = 30 * time.Second
)

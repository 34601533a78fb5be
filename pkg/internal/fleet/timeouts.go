package fleet

import "time"

// timeouts are how long the processes of a fleet wait for one another and for their
// database. All are above 0.
type timeouts struct {
	// heartbeat is how long a worker, or the process that collects a load, may show no
	// sign of life before the others take it for dead, while the database can be
	// reached. It also bounds single statements.
	heartbeatTimeout time.Duration
	// ready is how long the chosen workers may take until all are ready to start.
	readyTimeout time.Duration
	// outage is how long the database may be away while a load is collected: longer
	// than orphan, so that no worker sends for nothing.
	dbOutageMax time.Duration
	// orphan is how long a worker sends without reaching the database, through which
	// alone it can be stopped.
	orphanTimeout time.Duration
	// delivery is how long a worker tries in vain to deliver what it recorded, once its
	// share has ended.
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

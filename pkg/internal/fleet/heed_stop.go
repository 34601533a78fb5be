package fleet

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// heedStop stops the partition when its load was stopped, when its coordinator is silent
// for longer than heartbeatTimeout, and when the database is out of reach for longer than
// orphanTimeout, or has no such tables any more. It returns then, or when done ends.
func (a *assignment) heedStop(done context.Context, stop context.CancelCauseFunc) {
	l := a.newLoadWatcher()
	for sleep(done, heedStopEvery) == nil {
		if _, _, err := l.check(done); err != nil && done.Err() == nil {
			stop(err)
			return
		}
	}
}

// loadWatcher reads the row of a worker's load.
type loadWatcher struct {
	*assignment
	coordinatorSeen int64     // the coordinator's last heartbeat, by the database's clock
	lastSign        time.Time // when a new one was last read, by this process's clock
}

func (a *assignment) newLoadWatcher() *loadWatcher {
	return &loadWatcher{assignment: a, lastSign: time.Now()}
}

// check returns the common start by the database's and the coordinator's clock, 0 while it
// is not set or cannot be read. Its error is the reason to stop.
func (l *loadWatcher) check(ctx context.Context) (startAt, origin int64, err error) {
	bounded, cancel := context.WithTimeout(ctx, l.db.timeouts.heartbeatTimeout)
	defer cancel()
	var phase, reason string
	var seen int64
	err = l.db.QueryRowContext(bounded, l.db.rebind(`SELECT phase, reason, start_at, origin, seen_at FROM loads WHERE load_id = ?1`), l.LoadID).
		Scan(&phase, &reason, &startAt, &origin, &seen)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, 0, fmt.Errorf("%w: the load is over", errStopped)
	case ctx.Err() != nil:
		return 0, 0, context.Cause(ctx)
	case errors.Is(vanished(err), errVanished):
		return 0, 0, vanished(err)
	case err != nil:
		l.lastSign = time.Now() // without the database no heartbeat can be read
		if l.sinceContact() > l.db.timeouts.orphanTimeout {
			return 0, 0, errDatabaseUnreachable
		}
		return 0, 0, nil
	}
	l.noteContact()
	if seen != l.coordinatorSeen {
		l.coordinatorSeen, l.lastSign = seen, time.Now()
	}
	switch {
	case phase == "stopped":
		return 0, 0, fmt.Errorf("%w: %s", errStopped, reason)
	case phase != "gathering" && phase != "started":
		return 0, 0, fmt.Errorf("%w: %s", errCoordinatorSilent, "its load is being collected")
	case time.Since(l.lastSign) > l.db.timeouts.heartbeatTimeout:
		return 0, 0, fmt.Errorf("%w for %v", errCoordinatorSilent, l.db.timeouts.heartbeatTimeout)
	}
	return startAt, origin, nil
}

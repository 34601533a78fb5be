package fleet

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// watchEvery is how often a worker looks whether its load was stopped.
const heedStopEvery = 400 * time.Millisecond

// watch stops the share when its load is stopped, when nobody gathers it any more,
// and when the database cannot be reached.
func (s *assignment) heedStop(done context.Context, stop context.CancelCauseFunc) {
	l := s.newLoadWatcher()
	for sleep(done, heedStopEvery) == nil {
		if _, _, err := l.check(done); err != nil && done.Err() == nil {
			stop(err)
			return
		}
	}
}

// look is a worker's view of its load.
type loadWatcher struct {
	*assignment
	coordinatorSeen int64     // the last sign of life of whoever gathers
	lastSign        time.Time // when it came
}

func (s *assignment) newLoadWatcher() *loadWatcher {
	return &loadWatcher{assignment: s, lastSign: time.Now()}
}

// at is the agreed start, 0 before there is one. An error says why not to go on;
// that the database cannot be reached is one only after a while.
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
	case err != nil:
		l.lastSign = time.Now() // who cannot be heard is not silent
		if time.Since(l.heard(false)) > l.db.timeouts.orphanTimeout {
			return 0, 0, errDatabaseUnreachable
		}
		return 0, 0, nil
	}
	l.heard(true)
	if seen != l.coordinatorSeen {
		l.coordinatorSeen, l.lastSign = seen, time.Now()
	}
	switch {
	case phase == "stopped":
		return 0, 0, fmt.Errorf("%w: %s", errStopped, reason)
	case time.Since(l.lastSign) > l.db.timeouts.heartbeatTimeout:
		return 0, 0, fmt.Errorf("%w for %v", errCoordinatorSilent, l.db.timeouts.heartbeatTimeout)
	}
	return startAt, origin, nil
}

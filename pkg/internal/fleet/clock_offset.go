package fleet

import (
	"context"
	"time"
)

// clockOffset is how far this machine's clock is ahead of the database's, and how much
// that may be wrong, at most. The zero value is one clock for both.
type clockOffset struct{ offset, bound time.Duration }

// measureClock reads the database's clock eight times and keeps the reading with the
// shortest round trip. The clock was read between request and reply, so that half of
// the round trip bounds the error (Cristian 1989, "Probabilistic clock synchronization").
func (d *database) measureClock(ctx context.Context) (best clockOffset, err error) {
	if d.pool == nil { // one machine, one clock
		return clockOffset{}, nil
	}
	for i := range 8 {
		sent := time.Now()
		var theirs int64
		if err := d.QueryRowContext(ctx, `SELECT `+d.now()).Scan(&theirs); err != nil {
			return clockOffset{}, err
		}
		trip := time.Since(sent)
		if s := (clockOffset{sent.Add(trip / 2).Sub(time.Unix(0, theirs)), trip/2 + time.Microsecond}); i == 0 || s.bound < best.bound {
			best = s
		}
	}
	return best, nil
}

// local converts a time of the database's clock, in nanoseconds since 1970, to this
// machine's clock.
func (c clockOffset) local(theirs int64) time.Time { return time.Unix(0, theirs).Add(c.offset) }

package fleet

import (
	"context"
	"time"
)

// skew is how far this machine's clock is ahead of the database's, and by how much
// that may be wrong.
type clockOffset struct{ offset, bound time.Duration }

// measure asks the database for its time and takes the quickest answer: what it
// says lies between asking and answering, so that half of the round trip bounds
// the error (Cristian 1989, "Probabilistic clock synchronization").
func (d *database) measureClock(ctx context.Context) (best clockOffset, err error) {
	if d.pool == nil { // one machine, one clock
		return clockOffset{}, nil
	}
	for i := range 8 {
		asked := time.Now()
		var theirs int64
		if err := d.QueryRowContext(ctx, `SELECT `+d.now()).Scan(&theirs); err != nil {
			return clockOffset{}, err
		}
		trip := time.Since(asked)
		if s := (clockOffset{asked.Add(trip / 2).Sub(time.Unix(0, theirs)), trip/2 + time.Microsecond}); i == 0 || s.bound < best.bound {
			best = s
		}
	}
	return best, nil
}

// here is a moment of the database's clock as this machine's clock shows it.
func (s clockOffset) local(theirs int64) time.Time { return time.Unix(0, theirs).Add(s.offset) }

package live

import "time"

// RefreshInterval is the shortest time between two drawings of a view on a terminal.
const RefreshInterval = 250 * time.Millisecond

// logInterval is the shortest time between two lines of a log.
const logInterval = time.Second

// due reports whether the view is to be shown again, and if so notes that it is. A
// log gets its first line after logInterval, when there is something to say.
func (t *Terminal) due(now time.Time) bool {
	interval := RefreshInterval
	if t.size == nil {
		interval = logInterval
		if t.lastShown.IsZero() {
			t.lastShown = now
		}
	}
	if !t.lastShown.IsZero() && now.Sub(t.lastShown) < interval {
		return false
	}
	t.lastShown = now
	return true
}

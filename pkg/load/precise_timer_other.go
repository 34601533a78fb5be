//go:build !linux

package load

import "time"

// fineTimer stands for a timer that this system lacks: the runtime's has to do,
// and the report says how late it made the arrivals.
type fineTimer struct{}

func newFineTimer() *fineTimer { return nil }

func (*fineTimer) sleep(time.Duration) {}

func (*fineTimer) close() {}

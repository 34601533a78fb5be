//go:build !linux

package load

import "time"

// fineTimer stands for Linux's timerfd(2). newFineTimer returns nil here, so that
// preciseTimer waits with the runtime's timer; the report shows how late that made the
// arrivals.
type fineTimer struct{}

func newFineTimer() *fineTimer { return nil }

func (*fineTimer) sleep(time.Duration) {}

func (*fineTimer) close() {}

//go:build !linux

package load

import "time"

// fineTimer is not implemented for this system: the runtime's timer is used, and the
// report shows how late it made the arrivals.
type fineTimer struct{}

func newFineTimer() *fineTimer { return nil }

func (*fineTimer) sleep(time.Duration) {}

func (*fineTimer) close() {}

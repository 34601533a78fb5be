package load

import (
	"os"
	"syscall"
	"time"
	"unsafe"
)

// fineTimer is a timerfd(2), whose expiry wakes the runtime's poller up on the
// spot. The poller's own timers are up to a millisecond late when the process is
// idle, which is more than a fast service takes to answer.
type fineTimer struct{ file *os.File }

// timerSpec is struct itimerspec.
type timerSpec struct{ interval, value syscall.Timespec }

const clockMonotonic = 1

// newFineTimer returns nil where there can be none: out of descriptors, say, or in a
// test whose clock is not the system's (testing/synctest).
func newFineTimer() *fineTimer {
	var system syscall.Timeval
	if err := syscall.Gettimeofday(&system); err != nil || time.Since(time.Unix(system.Unix())).Abs() > time.Hour {
		return nil
	}
	fd, _, errno := syscall.Syscall(syscall.SYS_TIMERFD_CREATE, clockMonotonic, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if errno != 0 {
		return nil
	}
	t := &fineTimer{os.NewFile(fd, "timerfd")}
	if t.file.SetReadDeadline(time.Time{}) != nil { // the poller did not take it: a read would not wait
		t.close()
		return nil
	}
	return t
}

// sleep returns after d, by whichever timer is first: a busy process checks
// the runtime's timers more often than its poller.
func (t *fineTimer) sleep(d time.Duration) {
	spec := timerSpec{value: syscall.NsecToTimespec(int64(d))}
	raw, err := t.file.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) {
			syscall.Syscall6(syscall.SYS_TIMERFD_SETTIME, fd, 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
		})
	}
	var expirations [8]byte
	if err == nil && t.file.SetReadDeadline(time.Now().Add(d)) == nil {
		t.file.Read(expirations[:])
	}
}

func (t *fineTimer) close() { t.file.Close() }

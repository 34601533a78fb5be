package load

import (
	"time"

	"golang.org/x/sys/windows"
)

// cpuTime is how much processor time this process has used, in user and system
// mode together.
func cpuTime() time.Duration {
	var created, exited, kernel, user windows.Filetime
	if windows.GetProcessTimes(windows.CurrentProcess(), &created, &exited, &kernel, &user) != nil {
		return 0
	}
	return fromFiletime(kernel) + fromFiletime(user)
}

// fromFiletime converts a length of time, which Windows counts in 100 ns.
func fromFiletime(f windows.Filetime) time.Duration {
	return time.Duration(int64(f.HighDateTime)<<32|int64(f.LowDateTime)) * 100
}

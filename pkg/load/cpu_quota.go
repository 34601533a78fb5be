package load

import (
	"math"
	"os"
	"strconv"
	"strings"
)

// Allowed returns how many cores' worth of time the process could use: Cores, or less
// in a container with a lower quota.
func (m Machine) Allowed() float64 {
	if m.Quota > 0 {
		return min(float64(m.Cores), m.Quota)
	}
	return float64(m.Cores)
}

// cgroupQuota is how many cores' worth of processor time the control group of this
// process is given, 0 when that is not limited or not known. It reads what Linux
// shows of control groups, version 2 (cpu.max) and 1 (cpu.cfs_quota_us), of the
// group itself and those above it.
func cgroupQuota() float64 {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0
	}
	least := math.Inf(1)
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // 4:cpu,cpuacct:/path
		if len(fields) != 3 {
			continue
		}
		for path := fields[2]; ; path = path[:strings.LastIndexByte(path, '/')] {
			switch {
			case fields[1] == "":
				least = min(least, quotaOf(readFields("/sys/fs/cgroup"+path+"/cpu.max")))
			case strings.Contains(","+fields[1]+",", ",cpu,"):
				dir := "/sys/fs/cgroup/cpu" + path
				least = min(least, quotaOf(append(readFields(dir+"/cpu.cfs_quota_us"), readFields(dir+"/cpu.cfs_period_us")...)))
			}
			if !strings.Contains(path, "/") {
				break
			}
		}
	}
	if math.IsInf(least, 1) {
		return 0
	}
	return least
}

func readFields(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return strings.Fields(string(text))
}

// quotaOf is quota ÷ period, infinite when there is no quota.
func quotaOf(words []string) float64 {
	if len(words) != 2 {
		return math.Inf(1)
	}
	q, err1 := strconv.ParseFloat(words[0], 64) // "max" and -1 are none
	p, err2 := strconv.ParseFloat(words[1], 64)
	if err1 != nil || err2 != nil || q <= 0 || p <= 0 {
		return math.Inf(1)
	}
	return q / p
}

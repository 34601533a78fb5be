package provenance

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// cpuModel returns the model of the first processor in a file like Linux's
// /proc/cpuinfo, "" without one.
func cpuModel(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return ""
}

// quota returns the lowest limit of processor time of the control groups that this
// process is in, in cores; 0 without a limit. root is "/" except in tests.
// Linux's documentation (admin-guide/cgroup-v2, scheduler/sched-bwc) describes the
// files: cpu.max of version 2 holds "QUOTA PERIOD" or "max PERIOD"; version 1 has a
// file for each, and a quota of -1 for none.
func quota(root string) float64 {
	text, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return 0
	}
	least := 0.
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // NUMBER:CONTROLLERS:PATH
		if len(parts) != 3 {
			continue
		}
		mount := filepath.Join(root, "sys/fs/cgroup")
		if controllers := strings.Split(parts[1], ","); parts[1] != "" {
			if !slices.Contains(controllers, "cpu") {
				continue
			}
			mount = filepath.Join(mount, "cpu")
		}
		for dir := filepath.Clean("/" + parts[2]); ; dir = filepath.Dir(dir) {
			if q := quotaOf(filepath.Join(mount, dir)); q > 0 && (least == 0 || q < least) {
				least = q
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return least
}

// quotaOf returns the quota of one control group in cores, 0 without one.
func quotaOf(dir string) float64 {
	text, err := os.ReadFile(filepath.Join(dir, "cpu.max"))
	if err != nil {
		quota, _ := os.ReadFile(filepath.Join(dir, "cpu.cfs_quota_us"))
		period, _ := os.ReadFile(filepath.Join(dir, "cpu.cfs_period_us"))
		text = append(append(quota, ' '), period...)
	}
	fields := strings.Fields(string(text))
	if len(fields) != 2 {
		return 0
	}
	allowed, err1 := strconv.ParseFloat(fields[0], 64)
	period, err2 := strconv.ParseFloat(fields[1], 64)
	if err1 != nil || err2 != nil || allowed <= 0 || period <= 0 {
		return 0
	}
	return allowed / period
}

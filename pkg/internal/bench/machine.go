package bench

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Machine is what a run was measured on. Absolute figures of two machines cannot be compared.
type Machine struct {
	CPUs   int    `json:"cpus"`
	Model  string `json:"model"`
	System string `json:"system"`
	Go     string `json:"go"`
	// Load is the load average of the last minute when the run began: above 0.5 per
	// CPU, other work affects the figures.
	Load string `json:"load"`
}

func machine() Machine {
	m := Machine{CPUs: runtime.NumCPU(), Model: "unknown model", System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(), Load: "unknown"}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range bytes.Lines(text) {
			if name, value, ok := strings.Cut(string(line), ":"); ok && strings.TrimSpace(name) == "model name" {
				m.Model = strings.TrimSpace(value)
				break
			}
		}
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load, _, _ = strings.Cut(string(text), " ")
	}
	return m
}

// busy reports whether the load average was above 0.5 per CPU.
func (m Machine) busy() bool {
	load, err := strconv.ParseFloat(m.Load, 64)
	return err == nil && load > .5*float64(m.CPUs)
}

// String describes the machine on two lines, since the model's name may be long.
func (m Machine) String() string {
	return fmt.Sprintf("%d CPUs shared by client and server (%s)\n%s, %s, load average before the start %s", m.CPUs, m.Model, m.System, m.Go, m.Load)
}

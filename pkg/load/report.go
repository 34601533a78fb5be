package load

import (
	"time"
)

// Lag is how late operations started: Start − Scheduled, 0 in closed models.
type Lag struct {
	P50 time.Duration `json:"p50_ns"`
	P99 time.Duration `json:"p99_ns"`
	Max time.Duration `json:"max_ns"`
}

func lagOf(h *Histogram) Lag { return Lag{h.Quantile(.5), h.Quantile(.99), h.Max()} }

// Report is how a stage was executed, apart from what it measured.
type Report struct {
	// Planned is how many operations the stage had: if it ran to its end, those
	// that arrived; else those expected. 0 for ramping users.
	Planned int `json:"planned"`
	// Started and Dropped are how many of them were started, and dropped because
	// Cap were under way.
	Started int `json:"started"`
	Dropped int `json:"dropped"`
	// Cap is how many an open stage allowed in flight, 0 for a closed one.
	Cap int `json:"cap,omitempty"`
	// Elapsed is the time from the stage's start until its last operation ended.
	Elapsed time.Duration `json:"elapsed_ns"`
	Lag     Lag           `json:"lag"`
	Machine Machine       `json:"machine"`
}

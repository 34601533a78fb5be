package runs

import (
	"encoding/json"
	"time"
)

// How a stage ended.
const (
	// Running: it is being executed, or its process died before it could say so.
	Running = "running"
	// Complete: every request of the schedule ended.
	Complete = "complete"
	// Interrupted: it was stopped; what had been recorded is there.
	Interrupted = "interrupted"
	// Aborted: trouble of the lab itself stopped it (a full disk, say).
	Aborted = "aborted"
)

// What a stage's operations are.
const (
	Load = "load" // a stage of load
	Case = "case" // one purchase of its own, whose answer is expected
)

// Info is what stage.json says of one executed stage.
type Info struct {
	Stage string `json:"stage"`
	// Kind is Load or Case.
	Kind string `json:"kind"`
	// State is Running, Complete, Interrupted or Aborted.
	State string `json:"state"`
	// Detail is a sentence on why it was not completed, "" when it was.
	Detail string `json:"detail,omitempty"`
	// API is the service's address, without user information.
	API string `json:"api"`
	// Requests and Workers are what was asked for.
	Requests int `json:"requests"`
	Workers  int `json:"workers"`
	// Policy says in words how it was retried.
	Policy string `json:"policy"`
	// Seed is where the keys' random part and the jitter came from.
	Seed uint64 `json:"seed"`
	// Faults is the plan of what went wrong on purpose, nil without one.
	Faults  json.RawMessage `json:"faults,omitempty"`
	Started time.Time       `json:"started"`
	Ended   time.Time       `json:"ended,omitzero"`
}

// Stage is one executed stage with its rows, operations by Index and attempts
// by Index and Number.
type Stage struct {
	Info
	Operations []Operation
	Attempts   []Attempt
}

// Wall is how long the stage took, from its start to the last recorded end; 0
// without operations.
func (s Stage) Wall() time.Duration {
	var last time.Time
	for _, op := range s.Operations {
		if op.EndTS.After(last) {
			last = op.EndTS
		}
	}
	if last.IsZero() {
		return 0
	}
	return last.Sub(s.Started)
}

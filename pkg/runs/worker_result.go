package runs

import (
	"strings"
	"time"

	"sagalab/pkg/load"
)

// Share is one worker's part of a stage that a fleet ran. Planned = Recorded +
// Dropped + Lost, unless the stage was stopped: then Started + Dropped takes the
// place of Planned. Where nobody knows how many were planned (ramping users), it
// is Started, as far as the worker told.
type Share struct {
	load.Share
	// Worker is the name it joined with, Host the machine it ran on.
	Worker string `json:"worker"`
	Host   string `json:"host"`
	// Planned is how many operations were its part, Started and Dropped how many it
	// said to have started and dropped, Recorded how many records came home.
	Planned  int `json:"planned"`
	Started  int `json:"started"`
	Dropped  int `json:"dropped"`
	Recorded int `json:"recorded"`
	// Lost is how many may have been sent and are not recorded, or should have been
	// sent and were not: load that is missing.
	Lost int `json:"lost"`
	// ClockOffset is how far its machine's clock was ahead of the database's, taken
	// off its times; ClockError by how much that may be wrong.
	ClockOffset time.Duration `json:"clock_offset_ns"`
	ClockError  time.Duration `json:"clock_error_ns"`
	// Delay is how long after the agreed start it began.
	Delay time.Duration `json:"delay_ns"`
	// Report is how it kept its part of the schedule, nil when it never said.
	Report *load.Report `json:"report,omitempty"`
	// Detail is a sentence on what went wrong with it, "" when nothing did.
	Detail string `json:"detail,omitempty"`
}

func (s Share) notes() []string {
	if s.Report == nil {
		return nil
	}
	return s.Report.Notes()
}

// Note is what to beware of in the worker's part, "" when there is nothing.
func (s Share) Note() string {
	notes := s.notes()
	if s.Detail != "" {
		notes = append([]string{s.Detail}, notes...)
	}
	return strings.Join(notes, "; ")
}

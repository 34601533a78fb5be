package runs

import (
	"strings"
	"time"

	"sagalab/pkg/load"
)

// WorkerResult reports what one worker of a fleet sent of a stage, and what of it is
// missing. Planned = Recorded + Dropped + Lost unless the stage was stopped, when
// Started + Dropped takes the place of Planned. With ramping VUs the number of
// operations is not planned; then Planned is Started, as last reported.
type WorkerResult struct {
	load.Partition
	// Worker is the name that it joined the fleet with, Host its machine.
	Worker string `json:"worker"`
	Host   string `json:"host"`
	// Planned counts the operations of its part, Started and Dropped those that it
	// reported as started and as dropped, Recorded the records that were received.
	Planned  int `json:"planned"`
	Started  int `json:"started"`
	Dropped  int `json:"dropped"`
	Recorded int `json:"recorded"`
	// Lost counts the operations that are missing: those that may have been sent and
	// were not recorded, and those that should have been sent and were not.
	Lost int `json:"lost"`
	// ClockOffset is how far its machine's clock was ahead of the database's, which has
	// been subtracted from its times; ClockError bounds the error of that.
	ClockOffset time.Duration `json:"clock_offset_ns"`
	ClockError  time.Duration `json:"clock_error_ns"`
	// Delay is the time from the agreed start to the worker's own.
	Delay time.Duration `json:"delay_ns"`
	// Report says how well it kept its part of the schedule, nil without a report.
	Report *load.Report `json:"report,omitempty"`
	// Detail says in a sentence what failed, "" when nothing did.
	Detail string `json:"detail,omitempty"`
}

func (w WorkerResult) notes() []string {
	if w.Report == nil {
		return nil
	}
	return w.Report.Notes()
}

// Note returns Detail and the notes of Report, separated by "; ", "" without any.
func (w WorkerResult) Note() string {
	notes := w.notes()
	if w.Detail != "" {
		notes = append([]string{w.Detail}, notes...)
	}
	return strings.Join(notes, "; ")
}

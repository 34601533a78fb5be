package faultsearch

import (
	"fmt"
	"time"
)

// Doing is what a search does at the moment.
type Doing string

// What a search does.
const (
	Starting   Doing = "starting"   // the schedule without faults is executed
	Growing    Doing = "growing"    // schedules with faults are
	Checking   Doing = "checking"   // a sample of those that were skipped are
	Shrinking  Doing = "shrinking"  // a violation has been found
	Confirming Doing = "confirming" // it is executed again
)

// Progress is how far a search has come.
type Progress struct {
	Doing Doing
	// Planned is how many schedules there are by Formula, 0 before the calls are known. It
	// grows when faults lead to calls of another kind.
	Planned int64
	// Executed and Skipped are the schedules that have been tried; Executions counts also the
	// repetitions.
	Executed, Skipped, Executions int
	// Elapsed is since the start; Left is an estimate, 0 when there is none.
	Elapsed, Left time.Duration
	// Last is the execution that has just ended, nil before the first.
	Last *Execution
}

// counted writes a number of things, such as "1 call" and "2 calls".
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// String describes the progress in one line.
func (p Progress) String() string {
	switch p.Doing {
	case Starting:
		return counted(p.Executions, "execution") + " without faults"
	case Growing, Checking:
		text := fmt.Sprintf("%d of at most %d schedules: %d executed, %d skipped", p.Executed+p.Skipped, p.Planned, p.Executed, p.Skipped)
		if p.Left > 0 {
			text += fmt.Sprintf(", about %v left", p.Left.Round(time.Second))
		}
		return text
	}
	return fmt.Sprintf("%s, %s", p.Doing, counted(p.Executions, "execution"))
}

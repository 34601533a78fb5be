package nb

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"sagalab/pkg/runs"
)

// interlock decides whether a cell may send load. It is a file beside the run,
// because "Run All" goes on with the next cell whatever happened in this one. The
// zero value allows nothing.
type interlock struct {
	// Checked is true once the connectivity check ran, Reachable when it
	// succeeded; Why says how it failed, Remedy what to do where the service answered.
	Checked   bool   `json:"checked"`
	Reachable bool   `json:"reachable"`
	Why       string `json:"why,omitempty"`
	Remedy    string `json:"remedy,omitempty"`
	// Interrupted names the stage or case that a person stopped.
	Interrupted string `json:"interrupted,omitempty"`
}

// remedy says what to do about a check that failed.
func (i interlock) remedy() string {
	return cmp.Or(i.Remedy, "start the service, or correct the API's address")
}

// refuse returns why the cell of the stage, case or fixture what may not start, nil when it
// may. An interrupted cell itself may be run again: "Run All" does not come back to it.
func (i interlock) refuse(what string) error {
	switch {
	case !i.Checked:
		return fmt.Errorf("%q was not started: run the connectivity check's cell first, lab.CheckConnectivity()", what)
	case !i.Reachable:
		return fmt.Errorf("%q was not started: the connectivity check failed (%s); %s, and run the check's cell again", what, i.Why, i.remedy())
	case i.Interrupted != "" && i.Interrupted != what:
		return fmt.Errorf("%q was not started: %q was interrupted; run that cell again, or the connectivity check's, to go on", what, i.Interrupted)
	}
	return nil
}

func interlockFile(r runs.Run) string { return filepath.Join(r.Dir(), "interlock.json") }

// readInterlock returns the run's interlock, the zero value when there is none or it cannot
// be read.
func readInterlock(r runs.Run) (g interlock) {
	b, err := os.ReadFile(interlockFile(r))
	if err != nil || json.Unmarshal(b, &g) != nil {
		return interlock{}
	}
	return g
}

func (i interlock) save(r runs.Run) error {
	b, err := json.Marshal(i)
	if err != nil {
		return err
	}
	if err := os.WriteFile(interlockFile(r), b, 0o644); err != nil {
		return fmt.Errorf("recording what may start next: %w", err)
	}
	return nil
}

// runInterlocked runs f, which is the cell of what, when the interlock allows it, and
// records when it was interrupted.
func runInterlocked(r runs.Run, what string, f func() (interrupted bool, err error)) error {
	g := readInterlock(r)
	if err := g.refuse(what); err != nil {
		return err
	}
	// recorded before it runs: a kill -9 in the middle is an interruption as well
	g.Interrupted = what
	if err := g.save(r); err != nil {
		return err
	}
	interrupted, err := f()
	if interrupted {
		return err
	}
	g.Interrupted = ""
	if saveErr := g.save(r); err == nil {
		err = saveErr
	}
	return err
}

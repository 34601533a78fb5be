package nb

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"sagalab/pkg/runs"
)

// gate is what decides whether load may start. It lies beside the run, because
// "Run All" goes on with the next cell whatever happened in this one.
type gate struct {
	// Checked is true once the connectivity check ran, Reachable when it
	// succeeded; Why says how it failed.
	Checked   bool   `json:"checked"`
	Reachable bool   `json:"reachable"`
	Why       string `json:"why,omitempty"`
	// Interrupted names the stage or case that a person stopped.
	Interrupted string `json:"interrupted,omitempty"`
}

// refuse is why the cell that runs what may not start, nil when it may. To run
// the interrupted cell itself once more is a decision; "Run All" never does it.
func (g gate) refuse(what string) error {
	switch {
	case !g.Checked:
		return fmt.Errorf("%q was not started: run the connectivity check's cell first", what)
	case !g.Reachable:
		return fmt.Errorf("%q was not started: the connectivity check failed (%s); start the service, or correct the API's address, and run the check's cell again", what, g.Why)
	case g.Interrupted != "" && g.Interrupted != what:
		return fmt.Errorf("%q was not started: %q was interrupted; run that cell again, or the connectivity check's, to go on", what, g.Interrupted)
	}
	return nil
}

func gateFile(r runs.Run) string { return filepath.Join(r.Dir(), "gate.json") }

// readGate is the run's gate; a run without one has not been checked.
func readGate(r runs.Run) (g gate) {
	b, err := os.ReadFile(gateFile(r))
	if err != nil || json.Unmarshal(b, &g) != nil {
		return gate{}
	}
	return g
}

func (g gate) save(r runs.Run) error {
	b, err := json.Marshal(g)
	if err != nil {
		return err
	}
	if err := os.WriteFile(gateFile(r), b, 0o644); err != nil {
		return fmt.Errorf("noting what may start next: %w", err)
	}
	return nil
}

// guarded runs f, which is the cell of what, if the gate allows it, and notes
// when it was interrupted.
func guarded(r runs.Run, what string, f func() (interrupted bool, err error)) error {
	g := readGate(r)
	if err := g.refuse(what); err != nil {
		return err
	}
	// noted before it runs: a kill -9 in the middle is an interruption as well
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

package runs

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"sagalab/pkg/internal/osfile"
)

// gatesFile has the verdicts of gates.
const gatesFile = "gates.json"

// JudgedGate is a gate (a bound on a comparison of two runs) with its verdict.
type JudgedGate struct {
	// Comparison names the two sides: "new against old".
	Comparison string `json:"comparison"`
	// Gate is the bound: "p99 < +10%".
	Gate string `json:"gate"`
	// Verdict is "holds", "violated" or "unclear".
	Verdict string `json:"verdict"`
	// Detail says what was found.
	Detail string `json:"detail"`
}

// SaveGates records the verdicts of a comparison's gates in the run, in place of
// those recorded before of the same comparison; the Comparison of each of gates is
// set to comparison. It is safe for concurrent use, also by several processes.
func (r Run) SaveGates(comparison string, gates []JudgedGate) error {
	err := r.files().locked(osfile.Exclusive, func() error {
		kept, err := r.Gates()
		if err != nil {
			return err
		}
		kept = slices.DeleteFunc(kept, func(g JudgedGate) bool { return g.Comparison == comparison })
		for _, g := range gates {
			g.Comparison = comparison
			kept = append(kept, g)
		}
		return writeJSON(filepath.Join(r.dir, gatesFile), kept)
	})
	if err != nil {
		return fmt.Errorf("recording the gates of run %s: %w", r.ID, err)
	}
	return nil
}

// Gates returns the recorded gates, in the order in which their comparisons were
// recorded. A run without gates has none, and that is no error.
func (r Run) Gates() (gates []JudgedGate, err error) {
	err = readJSON(filepath.Join(r.dir, gatesFile), &gates)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run %s: reading its gates: %w", r.ID, err)
	}
	return gates, nil
}

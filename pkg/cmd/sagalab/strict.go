package main

import (
	"fmt"

	"sagalab/pkg/runs"
	"sagalab/pkg/threshold"
)

// strictVerdict judges what a session's runs have stored of verdicts: exitBad, as an error, when a threshold failed,
// exitUnclear when one could not be judged, nil when there is neither.
func strictVerdict(store runs.Store, session string) error {
	list, err := store.List()
	if err != nil {
		return err
	}
	var all, fails, unclear int
	for _, r := range list {
		if r.Session != session {
			continue
		}
		entries, err := r.Entries()
		if err != nil {
			return err
		}
		for _, e := range entries {
			for _, t := range e.Thresholds {
				all++
				switch threshold.Verdict(t.Verdict) {
				case threshold.Pass:
				case threshold.Fail:
					fails++
				default:
					unclear++
				}
			}
		}
	}
	switch {
	case fails > 0:
		return judged(exitBad, fmt.Sprintf("--strict: %d of %d thresholds failed", fails, all))
	case unclear > 0:
		return judged(exitUnclear, fmt.Sprintf("--strict: %d of %d thresholds could not be judged", unclear, all))
	}
	return nil
}

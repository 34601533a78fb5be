package main

import (
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/report"
	"sagalab/pkg/runs"
)

// strictVerdict judges the stored verdicts of a session's runs: exitBad, as an error, when a threshold failed or an
// audit found a rule violated, exitUnclear when something, of the rules those that are required, could not be judged or did
// not run to its end, nil when there is neither.
func strictVerdict(store runs.Store, session string, require audit.Requirement) error {
	list, err := store.OfSession(session)
	if err != nil {
		return err
	}
	r, err := report.New(list, nil, require)
	if err != nil {
		return err
	}
	switch r.Verdict.State {
	case report.Bad:
		return verdictError(exitBad, "--strict: "+r.Verdict.Text)
	case report.Unclear:
		return verdictError(exitUnclear, "--strict: "+r.Verdict.Text)
	}
	return nil
}

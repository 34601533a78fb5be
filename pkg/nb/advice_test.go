package nb

import (
	"errors"
	"testing"

	"sagalab/pkg/internal/advise"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// TestNothingToCalculate: a stage from which nothing can be calculated is an answer, and no failure of the cell.
func TestNothingToCalculate(t *testing.T) {
	s := runs.Stage{Info: runs.Info{Stage: "short", State: runs.Complete, Load: load.Stage{Name: "short", Requests: 1, VUs: 1}.String(), RetryPolicy: []byte(`{"MaxAttempts":3,"AttemptTimeout":1000000000}`)}}
	a, err := adviseOn(s, []string{"p99 < 1s"})
	if !printCannotTell(err) || len(a.calculated.Predictions) != 0 {
		t.Errorf("%v, want one that says that nothing can be calculated", err)
	}
	if a.Show(); a.Points() != nil { // neither has anything to show
		t.Errorf("points of nothing: %v", a.Points())
	}
	other := s
	other.Stage = "other"
	if _, err := comparePredictions(s, []runs.Stage{other}); !printCannotTell(err) {
		t.Errorf("%v, want one that says that nothing can be calculated", err)
	}
	for _, err := range []error{nil, errors.New("another")} {
		if printCannotTell(err) {
			t.Errorf("%v is taken for %v", err, advise.ErrCannotTell)
		}
	}
	if _, err := adviseOn(s, []string{"nonsense"}); err == nil || printCannotTell(err) {
		t.Errorf("a wrong bound: %v, want an error of the cell", err)
	}
	if _, err := comparePredictions(s, nil); err == nil || printCannotTell(err) {
		t.Errorf("no other stage: %v, want an error of the cell", err)
	}
}

package claims

import (
	"errors"
	"slices"
	"testing"
)

// TestMissingFigures: a figure that is missing is an error, and a TimedError alone where its claim is Timed.
func TestMissingFigures(t *testing.T) {
	const name = "09-which-policy.ipynb"
	for title, timed := range map[string]bool{"What retry policies cost": true, "Predicted and measured": true, "Amplification over time": false} {
		nb := committed(t, name)
		nb.Cells = slices.Clone(nb.Cells)
		for i := range nb.Cells {
			nb.Cells[i].Outputs = slices.DeleteFunc(slices.Clone(nb.Cells[i].Outputs), func(o Output) bool { return o.PNG != "" && titleOf(o) == title })
		}
		errs := Check(name, nb)
		if len(errs) == 0 {
			t.Errorf("without the figure %q nothing is wrong", title)
		}
		for _, err := range errs {
			if errors.As(err, new(TimedError)) != timed {
				t.Errorf("without the figure %q: %v; want an error that is timed: %v", title, err, timed)
			}
		}
	}
}

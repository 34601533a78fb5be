package nb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sagalab/pkg/compare"
	"sagalab/pkg/figure"
	"sagalab/pkg/frame"
	"sagalab/pkg/internal/advise"
	"sagalab/pkg/runs"
)

// Advice is what Lab.Advise has calculated. The zero value is that of a stage from which nothing could be.
type Advice struct{ calculated advise.Advice }

// Advise calculates from a recorded stage what other retry policies would have cost, shows it as a
// table and a figure, and recommends one that is within the bounds. It sends nothing.
//
//	lab.Advise("rising", "p99 < 300ms", "amplification < 1.2")
//
// Bounds are on p50, p99, amplification and error_ratio. Figures that the recording does not give are
// shown as "cannot tell". Of a stage from which nothing can be calculated it prints why, and what to
// record; the Advice is empty then, and the cell goes on.
func (l Lab) Advise(stage string, bounds ...string) Advice {
	a, err := adviseOn(l.Recorded(stage).Stage, bounds)
	if printCannotTell(err) {
		return a
	}
	exitOnError(err)
	a.Show()
	return a
}

// ComparePredictions predicts, from a recorded stage, what the retry policies of other stages of the run cost,
// and shows it beside what was measured in them, as a table and a figure.
//
//	lab.ComparePredictions("rising", "aws-before 1", "aws-before 2", "aws-before 3")
//
// Without names the others are all stages of the run with the same load. Stages with equal policies are
// repeats of one another. A stage with another load, service, purchases or plan of faults, or that was not recorded as a
// whole, ends the cell. Of a recorded stage from which nothing can be calculated it prints why, and returns
// nil. It sends nothing.
func (l Lab) ComparePredictions(recorded string, others ...string) []compare.Prediction {
	stage := l.Recorded(recorded).Stage
	stages := l.storedStages(others)
	if len(others) == 0 {
		stages = slices.DeleteFunc(stages, func(s runs.Stage) bool { return s.Stage == recorded || advise.LoadOf(s) != advise.LoadOf(stage) })
	}
	list, err := comparePredictions(stage, stages)
	if printCannotTell(err) {
		return nil
	}
	exitOnError(err)
	Table(frame.Predictions(list))
	Plot(figure.Predictions(list))
	printf("%s.\n", compare.PredictionsText(list))
	return list
}

// printCannotTell prints an error that is no failure: that nothing can be calculated from a recording. It reports
// whether err is one.
func printCannotTell(err error) bool {
	if !errors.Is(err, advise.ErrCannotTell) {
		return false
	}
	printf("%s\n", err)
	return true
}

func comparePredictions(recorded runs.Stage, others []runs.Stage) (list []compare.Prediction, err error) {
	defer runs.CatchDamage(&err)
	if len(others) == 0 {
		return nil, fmt.Errorf("no other stage has run with the load of stage %s (%s): run it with other policies first", recorded.Stage, advise.LoadOf(recorded))
	}
	return advise.Compare(recorded, others, 1)
}

func adviseOn(s runs.Stage, bounds []string) (a Advice, err error) {
	defer runs.CatchDamage(&err)
	parsed, err := advise.ParseBounds(bounds)
	if err != nil {
		return a, err
	}
	recording, err := advise.Read(s)
	if err != nil {
		return a, err
	}
	a.calculated, err = advise.Advise(context.Background(), recording, advise.Candidates(recording), parsed, 1)
	return a, err
}

// Show shows the table, the recommendation and the figure, or prints that there is none.
func (a Advice) Show() {
	if a.isEmpty() {
		printf("No policy was simulated\n")
		return
	}
	printf("%s\n", a.calculated.Heading())
	Table(textFrame(advise.Columns, a.calculated.Rows()), nil)
	printf("%s", a.calculated.Conclusion())
	Plot(figure.Policies(a.Points()))
}

func (a Advice) isEmpty() bool { return len(a.calculated.Predictions) == 0 }

// textFrame returns a frame of texts, a row for each of rows.
func textFrame(columns []string, rows [][]string) dataframe.DataFrame {
	all := make([]series.Series, len(columns))
	for i, name := range columns {
		all[i] = series.New([]string{}, series.String, name)
		for _, row := range rows {
			all[i].Append(row[i])
		}
	}
	return dataframe.New(all...)
}

// Points returns what figure.Policies draws: all policies, those of retry.Named and the recommended one with
// their names, and what was measured; nil where nothing could be calculated.
func (a Advice) Points() []figure.PolicyPoint {
	if a.isEmpty() {
		return nil
	}
	c := &a.calculated
	m := c.Measured
	points := []figure.PolicyPoint{{Name: "measured", Measured: true, P99: m.P99, P99Low: m.P99, P99High: m.P99,
		Amplification: m.Amplification, AmplificationLow: m.Amplification, AmplificationHigh: m.Amplification}}
	named, front := map[int]bool{}, map[int]bool{}
	for _, i := range c.Named() {
		named[i] = true
	}
	for _, i := range c.Front {
		front[i] = true
	}
	for i, p := range c.Predictions {
		point := figure.PolicyPoint{P99: p.P99.Value, P99Low: p.P99.Low, P99High: p.P99.High, Unclear: !p.IsKnown(), Recommended: i == c.Best, Front: front[i],
			Amplification: p.Amplification.Value, AmplificationLow: p.Amplification.Low, AmplificationHigh: p.Amplification.High}
		if named[i] {
			point.Name = p.Name
		}
		points = append(points, point)
	}
	return points
}

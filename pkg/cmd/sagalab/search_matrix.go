package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"sagalab/pkg/internal/faultsearch"
	"sagalab/pkg/internal/shop/defect"
)

// matrixBudget is how long a defect is searched for, without what comes after a violation.
const matrixBudget = time.Minute

// randomSeeds are the seeds of the random schedules that a search is compared with, of which the median counts, and
// randomMost how many executions each may take.
var randomSeeds = []uint64{1, 2, 3}

const randomMost = 300

// matrixRow is what was found of one defect, in JSON.
type matrixRow struct {
	Defect     string               `json:"defect"` // "" for the correct service
	Rule       string               `json:"rule"`   // that names it
	Result     *faultsearch.Result  `json:"result"`
	Random     []faultsearch.Random `json:"random"`
	NeedsFault bool                 `json:"needs_fault"` // it breaks no rule while all calls succeed
}

// searchMatrix searches the reference service in three processes, once with each of its defects and once without.
func searchMatrix(ctx context.Context, out, log io.Writer, f searchFlags) error {
	o, err := f.options()
	if err != nil {
		return err
	}
	var rows []matrixRow
	all := []matrixRow{}
	for _, d := range defect.Distributed() {
		all = append(all, matrixRow{Defect: string(d.Name), Rule: d.Rule, NeedsFault: true})
	}
	for _, d := range defect.Known() {
		all = append(all, matrixRow{Defect: string(d.Name), Rule: d.Rule})
	}
	for _, row := range append(all, matrixRow{NeedsFault: true}) {
		o.Budget = f.budget
		if row.Defect != "" {
			o.Budget = matrixBudget
		}
		fmt.Fprintf(log, "Searching the reference service with %s\n", orElse(row.Defect, "no defect"))
		if err := f.searchReference(ctx, log, &row, o); err != nil {
			return errors.Join(err, writeMatrix(out, rows))
		}
		rows = append(rows, row)
	}
	return errors.Join(writeMatrix(out, rows), f.writeJSONValue(rows), matrixVerdict(rows))
}

// searchReference fills in a row.
func (f *searchFlags) searchReference(ctx context.Context, log io.Writer, row *matrixRow, o faultsearch.Options) error {
	reference, err := startReference(ctx, row.Defect)
	if err != nil {
		return err
	}
	defer reference.Process.Stop()
	c := faultsearch.ServiceConfig{Endpoint: reference.Endpoint, Participants: reference.Participants, Times: f.times, Seed: f.seed}
	if c.Times.Settle == faultsearch.DefaultTimes().Settle {
		c.Times.Settle = faultsearch.ReferenceSettle
	}
	s, err := faultsearch.NewService(ctx, c)
	if err != nil {
		return err
	}
	defer s.Close()
	o.Progress = searchProgress(log)
	r, err := faultsearch.Run(ctx, s, o)
	if err != nil {
		return err
	}
	s.Describe(&r)
	if row.Result = &r; ctx.Err() != nil {
		return context.Cause(ctx)
	}
	fmt.Fprintf(log, "%s\n", r.Sentence())
	for _, seed := range randomSeeds {
		if row.Defect == "" || r.Witness == nil {
			break
		}
		random, err := faultsearch.RunRandom(ctx, s, o, seed, randomMost)
		if err != nil {
			return err
		}
		row.Random = append(row.Random, random)
	}
	return nil
}

// startReference starts the reference service in three processes with a defect, "" for none.
func startReference(ctx context.Context, name string) (r faultsearch.Reference, err error) {
	program, err := os.Executable()
	if err != nil {
		return r, err
	}
	if name == "" {
		return faultsearch.StartReference(ctx, program)
	}
	return faultsearch.StartReference(ctx, program, "--defect", name)
}

// writeMatrix writes the matrix as a table.
func writeMatrix(out io.Writer, rows []matrixRow) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "defect\trule\tanswer\tviolated\tpurchases\tfaults\tminimal\tagain\tfound by\tmade smaller by\tseconds\trandom finds by")
	for _, row := range rows {
		fmt.Fprintln(t, row.String())
	}
	return errors.Join(t.Flush(), writeMedians(out, rows))
}

// writeMedians compares the search with random schedules over the defects that need a fault and were found.
func writeMedians(out io.Writer, rows []matrixRow) error {
	var found, random []int
	var seconds []float64
	for _, row := range rows {
		if row.NeedsFault && len(row.Random) > 0 {
			found, seconds, random = append(found, row.Result.Witness.Found), append(seconds, row.Result.Witness.Seconds), append(random, row.medianRandom().Executions)
		}
	}
	if len(found) == 0 {
		return nil
	}
	slices.Sort(found)
	slices.Sort(random)
	slices.Sort(seconds)
	_, err := fmt.Fprintf(out, "\nOver the %d defects that show under faults alone the median is: found by execution %d, minimal after %.1f s; random schedules find by execution %d.\n",
		len(found), found[len(found)/2], seconds[len(seconds)/2], random[len(random)/2])
	return err
}

// String returns the row, its columns divided by tabs.
func (m matrixRow) String() string {
	r := m.Result
	name := orElse(m.Defect, "(none)")
	if r.Witness == nil {
		return fmt.Sprintf("%s\t%s\t%s\t\t\t\t\t\t(%d)\t\t%.1f\t", name, m.Rule, r.Answer, r.Executions, r.Seconds)
	}
	w := r.Witness
	return fmt.Sprintf("%s\t%s\t%s\t%s\t%d\t%d\t%t\t%d of %d\t%d\t%d\t%.1f\t%s", name, m.Rule, r.Answer, w.Rule, w.World.Purchases, len(w.Schedule.Faults), w.Minimal,
		w.Confirmed, w.Confirmations, w.Found, w.Shrunk, w.Seconds, m.random())
}

// random is the median of the executions that random schedules took, with ">" when that is not known.
func (m matrixRow) random() string {
	if len(m.Random) == 0 {
		return ""
	}
	median, more := m.medianRandom(), ""
	if !median.Found {
		more = ">"
	}
	return fmt.Sprintf("%s%d", more, median.Executions)
}

func (m matrixRow) medianRandom() faultsearch.Random {
	list := slices.SortedFunc(slices.Values(m.Random), func(a, b faultsearch.Random) int { return a.Executions - b.Executions })
	return list[len(list)/2]
}

// matrixVerdict says which defects were not found that faults alone can show, and whether the correct service breaks a rule.
func matrixVerdict(rows []matrixRow) error {
	var errs []error
	for _, row := range rows {
		switch found := row.Result.Witness != nil; {
		case row.Defect == "" && row.Result.Answer != faultsearch.NoneFound:
			errs = append(errs, fmt.Errorf("the correct service: %s", row.Result.Sentence()))
		case row.Defect != "" && row.NeedsFault && !found:
			errs = append(errs, fmt.Errorf("%s was not found", row.Defect))
		}
	}
	return withExitCode(exitBad, errors.Join(errs...))
}

package bench

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// hidden compares the requests that the server saw with those that everybody
// reports, while connections die under them.
func (b *Bench) hidden(ctx context.Context) error {
	tools := slices.DeleteFunc(slices.Clone(b.tools), func(t tool) bool { return t.name == Original })
	plan := Plan{Hide: b.size.hiddenShare, Seed: 7}
	closed := job{requests: b.size.hidden, workers: b.size.hiddenWorkers, keyed: true}
	for _, t := range tools {
		j := closed
		if t.name == Vegeta { // a number of requests it has only at a rate
			j.rate, j.span = 300, time.Duration(b.size.hidden)*time.Second/300
		}
		all, err := b.rounds(ctx, b.Rounds, "hidden attempts", []tool{t}, j, plan)
		if err != nil {
			return err
		}
		for _, m := range all {
			b.Report.Hidden = append(b.Report.Hidden, told(m))
		}
	}
	t := table{
		title: fmt.Sprintf("hidden attempts: %d purchases with a key, while %g %% of the requests on reused connections end without an answer", b.size.hidden, b.size.hiddenShare*100),
		head:  []string{"contender", "server saw", "with a key", "unanswered", "reported", "hidden"},
	}
	for _, r := range b.Report.Hidden {
		t.add(r.Contender, fmt.Sprint(r.Saw), fmt.Sprint(r.Keyed), fmt.Sprint(r.Closed), fmt.Sprint(r.Said), fmt.Sprint(r.hidden()))
	}
	t.print(b.Out)
	fmt.Fprint(b.Out, "\nreported: for sagalab the rows of attempts.parquet that were sent, for the others the requests that they count.\n")
	return nil
}

// hidden is how many requests the server saw that nobody reported.
func (r Told) hidden() int64 { return r.Saw - int64(r.Said) }

package bench

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// hidden compares the requests that the server received with those that each tool reports, while connections die.
func (b *Bench) hidden(ctx context.Context) error {
	tools := slices.DeleteFunc(slices.Clone(b.tools), func(t tool) bool { return t.name == Original })
	plan := Plan{Hide: b.size.hiddenFraction, Seed: 7}
	closed := job{requests: b.size.hidden, vus: b.size.hiddenVUs, keyed: true}
	for _, t := range tools {
		j := closed
		if t.name == Vegeta { // it takes a number of requests only at a rate
			j.rate, j.span = 300, time.Duration(b.size.hidden)*time.Second/300
		}
		all, err := b.rounds(ctx, b.Rounds, "hidden attempts", []tool{t}, j, plan)
		if err != nil {
			return err
		}
		for _, m := range all {
			b.Report.Hidden = append(b.Report.Hidden, accuracyOf(m))
		}
	}
	t := table{
		title: fmt.Sprintf("hidden attempts: %d purchases with a key, while %g %% of the requests on reused connections end without an answer", b.size.hidden, b.size.hiddenFraction*100),
		head:  []string{"tool", "server received", "with a key", "unanswered", "reported", "hidden"},
	}
	for _, r := range b.Report.Hidden {
		t.add(r.Tool, fmt.Sprint(r.Received), fmt.Sprint(r.Keyed), fmt.Sprint(r.Unanswered), fmt.Sprint(r.Reported), fmt.Sprint(r.hidden()))
	}
	t.print(b.Out)
	fmt.Fprint(b.Out, "\nreported: for sagalab the rows of attempts.parquet that were sent, for other tools the requests that they count.\n")
	return nil
}

// hidden returns how many requests the server received and the tool did not report.
func (a Accuracy) hidden() int64 { return a.Received - int64(a.Reported) }

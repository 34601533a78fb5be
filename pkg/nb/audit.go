package nb

import (
	"fmt"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sagalab/pkg/audit"
	"sagalab/pkg/observe"
)

// Audit judges what ran since the scene was set: every rule with its verdict and
// evidence, and below the table the counterexamples of those that are violated.
// It waits until no order is pending any more, for 10 s at most.
func (l Lab) Audit() {
	report, err := l.audit()
	done(err)
	say("%s\n", report.Summary())
	for _, n := range report.Notes {
		say("Note: %s\n", n)
	}
	Table(auditFrame(report))
	for _, v := range report.Verdicts {
		if d := v.Details(); d != "" {
			say("%s", d)
		}
	}
}

func (l Lab) audit() (audit.Report, error) {
	run, err := l.current()
	if err != nil {
		return audit.Report{}, err
	}
	target, err := l.target()
	if err != nil {
		return audit.Report{}, err
	}
	ctx, stop := interruptible()
	defer stop()
	client, release, err := observe.NewClient(target.Endpoint, target.Config)
	if err != nil {
		return audit.Report{}, err
	}
	defer release()
	e, err := observe.Evidence(ctx, client, run, audit.DefaultSettle, true)
	if err != nil {
		return audit.Report{}, fmt.Errorf("audit: %w", err)
	}
	report := audit.Judge(e, audit.Options{})
	return report, observe.SaveAudit(run, report)
}

// auditFrame is the report as a table.
func auditFrame(r audit.Report) (dataframe.DataFrame, error) {
	rows := r.Rows()
	var columns []series.Series
	for i, name := range audit.Header() {
		values := make([]string, len(rows))
		for j, row := range rows {
			values[j] = row[i]
		}
		columns = append(columns, series.New(values, series.String, name))
	}
	df := dataframe.New(columns...)
	return df, df.Err
}

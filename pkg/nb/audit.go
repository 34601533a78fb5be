package nb

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/language"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/purchase"
)

// Audit judges what ran since the fixture was applied: every rule with its verdict and
// evidence, those that are violated first, the probable cause at their head, and those
// that hold folded. Below the table are the counterexamples of what is violated.
//
// It waits until the service is quiet: 10 s at most, and as long as the service declares
// that its reads may be late. Then it sends Lab.AskAgain purchases again, under their
// keys: by default only to a service that this program started, for one that has
// forgotten a key buys again.
func (l Lab) Audit() {
	report, err := l.audit()
	exitOnError(err)
	printf("%s\n", report.Summary())
	for _, n := range report.Notes {
		printf("Note: %s\n", n)
	}
	open, holds := auditTables(report)
	display(language.Lines(auditText(open, holds)), "text/html", auditHTML(open, holds), nil)
	for _, v := range report.Violated() {
		showCounterexamples(v)
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
	client, release, err := observe.NewClient(target.Endpoint, target.Adapter, target.Config)
	if err != nil {
		return audit.Report{}, err
	}
	defer release()
	e, err := l.evidence(ctx, client, run, target)
	if err != nil {
		return audit.Report{}, fmt.Errorf("audit: %w", err)
	}
	report := audit.Judge(e, audit.Options{Answers: purchase.AnswersIn(target.Adapter)})
	return report, observe.SaveAudit(run, report)
}

// auditTables are the rules that do not hold, in the order of audit.Report.Shown, and
// those that do. The second one has no column of verdicts. What violates a rule has a
// line of its own below the rule, so that it has the width of the table.
func auditTables(r audit.Report) (open, holds table) {
	open.names = audit.Header()
	holds.names = slices.Delete(audit.Header(), 2, 3)
	rows := r.Rows()
	for i, v := range r.Shown() {
		row, below := rows[i], ""
		switch v.Answer {
		case audit.Holds:
			holds.rows = append(holds.rows, slices.Delete(row, 2, 3))
			continue
		case audit.Violated:
			row[0] = audit.ViolatedMark + " " + row[0]
			if v.First != nil {
				row[3], below = fmt.Sprintf("%d of %d %s", v.Count, v.Judged, v.What), "First: "+v.First.Brief()
			}
		}
		open.rows, open.below = append(open.rows, row), append(open.below, below)
	}
	open.words, holds.words = allWords(open.names), allWords(holds.names)
	open.marks = marksByVerdict(open.names, open.rows)
	open.translate()
	holds.translate()
	return open, holds
}

// allWords says that all columns hold text.
func allWords(names []string) []bool { return slices.Repeat([]bool{true}, len(names)) }

// auditHTML folds the rules that hold behind a line; without a script, and with tags
// that an untrusted notebook keeps.
func auditHTML(open, holds table) string {
	var b strings.Builder
	if len(open.rows) > 0 {
		b.WriteString(open.html() + "\n")
	}
	if n := len(holds.rows); n > 0 {
		fmt.Fprintf(&b, "<details><summary>%s</summary>\n%s\n</details>", html.EscapeString(language.Text(rulesHold(n))), holds.html())
	}
	return b.String()
}

// auditText is the same where HTML is not shown: of the rules that hold it has the
// names.
func auditText(open, holds table) string {
	var b strings.Builder
	if len(open.rows) > 0 {
		b.WriteString(open.text())
	}
	if len(holds.rows) > 0 {
		names := make([]string, len(holds.rows))
		for i, row := range holds.rows {
			names[i] = row[0]
		}
		fmt.Fprintf(&b, "%s: %s\n", rulesHold(len(names)), strings.Join(names, ", "))
	}
	return b.String()
}

func rulesHold(n int) string {
	if n == 1 {
		return "1 rule holds"
	}
	return fmt.Sprintf("%d rules hold", n)
}

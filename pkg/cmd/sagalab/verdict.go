package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"sagalab/pkg/compare"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/runs"
)

// verdict is the result of a command that judges, for a build server: writeJUnit and writeMarkdown write it.
type verdict struct {
	command  string // "load", "audit" or "compare"
	subject  string // what was judged, in a few words
	run      runs.Run
	stages   []shownStage
	findings []finding
	audit    *audit.Report // nil when there was none
	code     exitCode
	reason   string // why code is not exitGood, "" when it is
}

// The suites of findings.
const (
	stageSuite     = "stages"
	thresholdSuite = "thresholds"
	ruleSuite      = "rules"
	gateSuite      = "gates"
)

// finding is one thing that was judged. Its suite and name are the same in each run of the same command line.
type finding struct {
	suite, name string
	result      result
	says        string // one line, "" when there is nothing to say
	details     string // lines
	seconds     float64
	notRequired bool // a rule that is unknown and need not be answered
}

// result is the outcome of a finding.
type result int

// The results. skipped does not affect the exit code; it is the result of a rule without anything to judge, for example.
const (
	passed result = iota
	failed
	undecided
	skipped
)

// conclude sets v's code and reason. For a command that ended without a verdict it adds a finding that says so, so that no
// reader of the findings takes it for good.
func (v *verdict) conclude(code exitCode, err error) {
	v.code = code
	if err != nil {
		v.reason = err.Error()
	}
	if code == exitNotDone || code == exitInterrupted {
		v.findings = append(v.findings, finding{suite: v.command, name: "the command ran to its end", result: undecided, says: v.reason})
	}
}

// title returns the verdict in one line.
func (v *verdict) title() string {
	return fmt.Sprintf("sagalab %s: %s (exit code %d)", v.command, v.code, int(v.code))
}

// began returns when the judged run began, zero without one.
func (v *verdict) began() time.Time { return v.run.Created }

// namesOf lists the names of the first three findings with a result, and how many more there are.
func namesOf(list []finding, r result) string {
	const most = 3
	var names []string
	for _, f := range list {
		if f.result == r {
			names = append(names, f.name)
		}
	}
	if more := len(names) - most; more > 0 {
		names = append(names[:most], fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, "; ")
}

// stageFindings has one finding for each planned stage: whether it ran to its end.
func stageFindings(names []string, ran []shownStage) (list []finding) {
	for _, name := range names {
		f := finding{suite: stageSuite, name: name, result: undecided, says: "the stage did not run"}
		for _, s := range ran {
			if s.Stage != name {
				continue
			}
			f.details, f.seconds = strings.Join(s.Warnings, "\n"), float64(s.Summary.Seconds)
			if f.result, f.says = passed, ""; s.State != runs.Complete {
				f.result, f.says = undecided, strings.TrimSuffix(s.State+": "+s.Detail, ": ")
			}
		}
		list = append(list, f)
	}
	return list
}

// thresholdFindings has one finding for each threshold of each stage.
func thresholdFindings(results []threshold.Result) (list []finding) {
	as := map[threshold.Verdict]result{threshold.Pass: passed, threshold.Fail: failed}
	for _, r := range results {
		verdict, known := as[r.Verdict]
		if !known {
			verdict = undecided
		}
		says := fmt.Sprintf("%s is %s", r.Threshold.Metric, r.Text())
		switch {
		case math.IsNaN(r.Value):
			says = r.Note
		case r.Note != "":
			says += " (" + r.Note + ")"
		}
		list = append(list, finding{suite: thresholdSuite, name: r.Stage + ": " + r.Threshold.Rule(), result: verdict, says: says})
	}
	return list
}

// ruleFindings has one finding for each rule, the violated ones first, with the probable cause at the head. A rule is
// undecided when it has to be answered and is not.
func ruleFindings(report audit.Report) (list []finding) {
	for _, v := range report.Shown() {
		f := finding{suite: ruleSuite, name: v.Rule + ": " + v.Title, says: v.Evidence(), notRequired: v.Answer == audit.Unknown && v.NotRequired}
		switch {
		case v.Answer == audit.Violated:
			f.result, f.details = failed, v.Details()
		case v.IsOpen():
			f.result = undecided
		case v.Answer != audit.Holds:
			f.result = skipped
		}
		list = append(list, f)
	}
	return list
}

// gateFindings has one finding for each gate of each stage. unclear is what an unclear gate counts as.
func gateFindings(results []compare.GateResult, unclear compare.GateVerdict) (list []finding) {
	for _, g := range results {
		gate := compare.Gate{Metric: g.Gate.Metric, Above: g.Gate.Above, Bound: g.Gate.Bound} // without its stage, which may be each
		f := finding{suite: gateSuite, name: g.Stage + ": " + gate.String(), says: fmt.Sprintf("%s: %s", g.Verdict, g.Detail)}
		counts := g.Verdict
		if counts == compare.GateUnclear {
			counts = unclear
		}
		switch {
		case counts == compare.GateViolated:
			f.result = failed
		case counts == compare.GateUnclear:
			f.result = undecided
		case g.Verdict == compare.GateUnclear: // it counts as one that holds, which was not shown
			f.result = skipped
		}
		list = append(list, f)
	}
	return list
}

// Package threshold judges the figures of a stage by bounds such as
//
//	p99 < 500ms
//	heavy: error_ratio < 1% abort after 5s
//
// in the manner of k6's thresholds: judged when a stage is over, and while it
// runs, where a threshold may stop it. Unlike k6's, a verdict may be that it
// cannot be given, for want of samples.
package threshold

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Threshold is a bound on a figure of a stage. It can be compared with ==. The
// zero value is not valid.
type Threshold struct {
	// Stage is the stage it is for, "" for every stage.
	Stage string
	// Metric is the figure's name, see Metrics.
	Metric string
	// Op is how the figure has to compare with the bound.
	Op Op
	// Bound is milliseconds for latencies, 0 to 1 for ratios, and a number of
	// requests, of attempts a request, or of requests a second for the others.
	Bound float64
	// Abort stops the stage when the threshold fails while it runs, AbortAfter
	// from its start on; AbortAfter 0 is as soon as there are enough samples (see
	// Guard).
	Abort      bool
	AbortAfter time.Duration
}

// Op is an operator: < <= > >= or ==.
type Op string

var ops = []Op{"<", "<=", ">", ">=", "=="}

// holds reports whether value compares with bound as o wants.
func (o Op) holds(value, bound float64) bool {
	switch o {
	case "<":
		return value < bound
	case "<=":
		return value <= bound
	case ">":
		return value > bound
	case ">=":
		return value >= bound
	}
	return value == bound
}

// upper reports whether o bounds a figure from above.
func (o Op) upper() bool { return o == "<" || o == "<=" || o == "==" }

// lower reports whether o bounds a figure from below.
func (o Op) lower() bool { return o == ">" || o == ">=" || o == "==" }

// maxDelay bounds AbortAfter.
const maxDelay = 24 * time.Hour

// String returns t in the form that Parse reads.
func (t Threshold) String() string {
	if t.Stage == "" {
		return t.Rule()
	}
	return t.Stage + ": " + t.Rule()
}

// Rule returns t without the stage.
func (t Threshold) Rule() string {
	text := t.Metric + " " + string(t.Op) + " " + t.bound()
	if t.Abort {
		text += " abort"
	}
	if t.AbortAfter != 0 {
		text += " after " + t.AbortAfter.String()
	}
	return text
}

// bound writes the bound with its unit.
func (t Threshold) bound() string {
	m, _ := lookup(t.Metric)
	number := strconv.FormatFloat(t.Bound, 'f', -1, 64)
	switch {
	case m.kind == rate:
		return number + "/s"
	case m.kind != latency || m.value == nil || math.IsNaN(t.Bound) || math.Abs(t.Bound) > maxLatencyMS:
		return number
	}
	return time.Duration(math.Round(t.Bound * 1e6)).String()
}

// Validate reports everything that is wrong with t at once, nil when nothing is. A
// bound that every measurement meets, or none, is wrong.
func (t Threshold) Validate() error {
	m, err := lookup(t.Metric)
	if err == nil && m.name != t.Metric {
		err = fmt.Errorf("the percentile %s is written %s", t.Metric, m.name)
	}
	faults := []error{err, t.checkOp()}
	if err == nil {
		faults = append(faults, m.checkBound(t.Op, t.Bound))
	}
	faults = append(faults, t.checkAbort(m))
	return t.prefixError(errors.Join(faults...))
}

func (t Threshold) checkOp() error {
	if !slices.Contains(ops, t.Op) {
		return fmt.Errorf("there is no operator %q; there are < <= > >= and ==", string(t.Op))
	}
	return nil
}

// checkAbort requires a delay for thresholds that every stage fails at its start.
func (t Threshold) checkAbort(m metric) error {
	switch {
	case t.AbortAfter < 0 || t.AbortAfter > maxDelay:
		return fmt.Errorf("abort after %v: want a duration up to %v", t.AbortAfter, maxDelay)
	case t.AbortAfter != 0 && !t.Abort:
		return errors.New("a delay without abort: write abort after " + t.AbortAfter.String())
	case !t.Abort || t.AbortAfter > 0 || m.value == nil:
		return nil
	case m.kind == rate:
		return fmt.Errorf("%s is low at the start of every stage: give a delay, such as abort after 30s", m.name)
	case m.grows > 0 && t.Op.lower() && !t.Op.upper(), m.grows < 0 && t.Op.upper() && !t.Op.lower():
		return fmt.Errorf("%s may still come to hold until the stage ends: leave abort out, or give a delay, such as abort after 30s", m.name)
	}
	return nil
}

// checkBound refuses bounds of the wrong size.
func (m metric) checkBound(op Op, bound float64) error {
	low, high, most := 0., math.Inf(1), 0.
	switch m.kind {
	case latency:
		if most = maxLatencyMS; !(bound > 0) {
			return fmt.Errorf("a latency takes longer than %s, so the bound must be above 0", number(bound))
		}
	case ratio:
		high, most = 1, 1
	case count:
		if most = maxCount; bound != math.Trunc(bound) {
			return fmt.Errorf("%s counts, so the bound must be a whole number, not %s", m.name, number(bound))
		}
	case factor:
		low, most = 1, maxFactor
	case rate:
		most = maxRate
	}
	if !(bound >= 0 && bound <= most) {
		return fmt.Errorf("%s cannot have the bound %s: want %s", m.name, number(bound), m.boundSyntax())
	}
	return checkSatisfiable(m, op, bound, low, high)
}

// checkSatisfiable refuses what no figure between low and high can meet, or can miss.
func checkSatisfiable(m metric, op Op, bound, low, high float64) error {
	never, always := false, false
	switch op {
	case "<":
		never = bound <= low
	case "<=":
		never, always = bound < low, bound >= high
	case ">":
		never, always = bound >= high, bound < low
	case ">=":
		always = bound <= low
	case "==":
		never = bound < low
	}
	if never {
		return fmt.Errorf("%s is never %s %s, so nothing can meet it", m.name, op, number(bound))
	}
	if always {
		return fmt.Errorf("%s is always %s %s, so nothing can fail it", m.name, op, number(bound))
	}
	return nil
}

// boundSyntax returns what a bound of m looks like, for messages.
func (m metric) boundSyntax() string {
	switch m.kind {
	case latency:
		return "a duration up to 24h, such as 500ms"
	case ratio:
		return "0 to 1 or 0% to 100%, such as 0.01 or 1%"
	case count:
		return "a whole number, such as 0"
	case factor:
		return "a number of attempts a request, such as 1.2"
	}
	return "a number a second, such as 100/s"
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// prefixError puts the threshold in front of each line of err.
func (t Threshold) prefixError(err error) error { return prefixErrors(t.String(), err) }

// prefixErrors puts the text in front of each of the errors joined in err.
func prefixErrors(text string, err error) error {
	if err == nil {
		return nil
	}
	faults := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		faults = joined.Unwrap()
	}
	for i, f := range faults {
		faults[i] = fmt.Errorf("threshold %q: %w", strings.TrimSpace(text), f)
	}
	return errors.Join(faults...)
}

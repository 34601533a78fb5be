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

// Grammar is how a threshold is written, for help texts.
const Grammar = "[STAGE: ]METRIC OP BOUND [abort [after DURATION]], such as 'p99 < 500ms' or 'heavy: error_ratio < 1% abort after 5s'"

// Parse reads a threshold as Grammar says. The stage is all that stands before
// the last ": ". A bound is a duration or milliseconds for a latency, a number or
// a percentage for a ratio, a number with or without /s for a rate, a number for
// all else. Everything that is wrong is reported at once.
func Parse(text string) (Threshold, error) {
	stage, rule, staged := cutStage(text)
	t := Threshold{Stage: stage}
	if staged && stage == "" {
		return Threshold{}, prefixErrors(text, errors.New("the name of the stage before the colon is empty: leave the colon out for every stage"))
	}
	at, op, ok := cutOp(rule)
	if !ok {
		return Threshold{}, prefixErrors(text, fmt.Errorf("it has no operator: want %s", Grammar))
	}
	name, rest := strings.TrimSpace(rule[:at]), strings.Fields(rule[at+len(op):])
	t.Op = Op(op)
	faults := []error{t.checkOp()}
	m, err := lookup(name)
	if err != nil {
		err = hintSpaceAfterColon(name, err)
	}
	t.Metric = m.name
	faults = append(faults, err)
	if len(rest) == 0 || rest[0] == "abort" {
		faults = append(faults, errors.New("it has no bound: want "+Grammar))
	} else {
		if t.Bound, err = m.parseBound(rest[0]); err == nil && m.value != nil {
			err = m.checkBound(t.Op, t.Bound)
		}
		faults, rest = append(faults, err), rest[1:]
	}
	if t.Abort, t.AbortAfter, err = parseAbort(rest); err == nil {
		err = t.checkAbort(m)
	}
	if err := prefixErrors(text, errors.Join(append(faults, err)...)); err != nil {
		return Threshold{}, err
	}
	return t, nil
}

// cutStage cuts at the last ": ".
func cutStage(text string) (stage, rule string, ok bool) {
	if at := strings.LastIndex(text, ": "); at >= 0 {
		return text[:at], text[at+2:], true
	}
	return "", text, false
}

// cutOp finds the first operator, also one that is not valid.
func cutOp(rule string) (at int, op string, ok bool) {
	const signs = "<>=!≤≥"
	if at = strings.IndexAny(rule, signs); at < 0 {
		return 0, "", false
	}
	op = rule[at:]
	if end := strings.IndexFunc(op, func(r rune) bool { return !strings.ContainsRune(signs, r) }); end >= 0 {
		op = op[:end]
	}
	return at, op, true
}

// hintSpaceAfterColon adds a hint for heavy:p99, which lacks the space after the colon.
func hintSpaceAfterColon(name string, err error) error {
	if at := strings.LastIndex(name, ":"); at > 0 {
		if _, e := lookup(name[at+1:]); e == nil {
			return fmt.Errorf("%w; a stage is followed by a colon and a space: %s: %s", err, name[:at], name[at+1:])
		}
	}
	return err
}

// parseBound reads a bound of m; of an unknown metric, any that has a form.
func (m metric) parseBound(text string) (float64, error) {
	digits, negative := strings.CutPrefix(text, "-")
	value, err := m.parsePositive(digits)
	switch {
	case err == nil && negative && value != 0:
		return 0, fmt.Errorf("%s is negative, which %s never is", text, m.subject())
	case err == nil:
		return value, nil
	case m.value == nil: // the metric is reported already
		return 0, nil
	}
	return 0, fmt.Errorf("%s cannot have the bound %s: want %s", m.name, text, m.boundSyntax())
}

func (m metric) subject() string {
	if m.value == nil {
		return "a figure"
	}
	return m.name
}

var errForm = errors.New("neither a number nor one with a unit that fits")

func (m metric) parsePositive(text string) (float64, error) {
	exponent := ""
	switch m.kind {
	case latency:
		if !decimal(text) {
			return parseMS(text)
		}
	case ratio:
		if percent, ok := strings.CutSuffix(text, "%"); ok {
			text, exponent = percent, "e-2" // dividing by 100 may be off by a bit
		}
	case rate:
		text = strings.TrimSuffix(text, "/s")
	}
	if !decimal(text) {
		return 0, errForm
	}
	value, err := strconv.ParseFloat(text+exponent, 64)
	if m.kind == latency { // whole nanoseconds, as for a duration
		value = math.Round(value*1e6) / 1e6
	}
	return value, err
}

func parseMS(text string) (float64, error) {
	if strings.HasPrefix(text, "+") || strings.HasPrefix(text, "-") {
		return 0, errForm
	}
	d, err := time.ParseDuration(text)
	return float64(d) / 1e6, err
}

// parseAbort reads what follows the bound.
func parseAbort(words []string) (abort bool, after time.Duration, err error) {
	switch {
	case len(words) == 0:
		return false, 0, nil
	case len(words) == 1 && words[0] == "abort":
		return true, 0, nil
	case len(words) == 3 && words[0] == "abort" && words[1] == "after":
		if after, err = time.ParseDuration(words[2]); err != nil {
			return true, 0, fmt.Errorf("abort after %s: want a duration, such as 5s", words[2])
		}
		return true, after, nil
	}
	return false, 0, fmt.Errorf("after the bound there is %q: want nothing, abort, or abort after a duration such as 5s", strings.Join(words, " "))
}

// ParseAll reads thresholds for the named stages and reports everything that is
// wrong with any of them at once: a stage that does not exist, and two that
// cannot both hold, included. With stages nil, any stage may be named.
func ParseAll(texts, stages []string) ([]Threshold, error) {
	var all []Threshold
	var faults []error
	for _, text := range texts {
		t, err := Parse(text)
		if err == nil && stages != nil && t.Stage != "" {
			t.Stage, err = findStage(t.Stage, stages)
			err = prefixErrors(text, err)
		}
		if err != nil {
			faults = append(faults, err)
			continue
		}
		all = append(all, t)
	}
	faults = append(faults, contradictions(all)...)
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return all, nil
}

// findStage is the stage of a name, which may have spaces around it.
func findStage(name string, stages []string) (string, error) {
	for _, n := range []string{name, strings.TrimSpace(name)} {
		if slices.Contains(stages, n) {
			return n, nil
		}
	}
	if len(stages) == 0 {
		return "", fmt.Errorf("there is no stage %q, nor any other", name)
	}
	return "", fmt.Errorf("there is no stage %q; there are %s", name, strings.Join(stages, ", "))
}

// contradictions finds pairs of one metric of which no figure can meet both.
func contradictions(all []Threshold) (faults []error) {
	for i, a := range all {
		for _, b := range all[:i] {
			if a.Metric == b.Metric && (a.Stage == b.Stage || a.Stage == "" || b.Stage == "") && (disjoint(a, b) || disjoint(b, a)) {
				faults = append(faults, fmt.Errorf("thresholds %q and %q contradict one another: no stage can meet both", b, a))
			}
		}
	}
	return faults
}

// disjoint reports whether all that low allows lies below all that high allows.
func disjoint(low, high Threshold) bool {
	if !low.Op.upper() || !high.Op.lower() {
		return false
	}
	if low.Bound == high.Bound {
		return low.Op == "<" || high.Op == ">"
	}
	return low.Bound < high.Bound
}

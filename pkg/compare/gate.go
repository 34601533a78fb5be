package compare

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Gate is a bound on a metric's change from A to B: "p99 < +10%", "error_ratio <
// +0.5pp" or, for one stage only, "heavy: throughput > -5%".
type Gate struct {
	// Stage is the stage's name in A, "" for every stage.
	Stage  string
	Metric Metric
	// Above is true of ">": the change must be more than Bound, not less.
	Above bool
	// Bound is in the metric's ChangeUnit.
	Bound float64
}

// String is the gate as ParseGates reads it.
func (g Gate) String() string {
	sign := "<"
	if g.Above {
		sign = ">"
	}
	bound := strconv.FormatFloat(g.Bound, 'f', -1, 64)
	if g.Bound >= 0 {
		bound = "+" + bound
	}
	text := fmt.Sprintf("%s %s %s%s", g.Metric, sign, bound, g.Metric.ChangeUnit())
	if g.Stage != "" {
		return g.Stage + ": " + text
	}
	return text
}

var gateText = regexp.MustCompile(`^\s*(\S+?)\s*([<>])\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*(%|pp)\s*$`)

// ParseGates reads gates and reports everything that is wrong with them at once.
func ParseGates(texts ...string) ([]Gate, error) {
	var gates []Gate
	var faults []error
	for _, text := range texts {
		g, err := parseGate(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("gate %q: %w", text, err))
		}
		gates = append(gates, g)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return gates, nil
}

func parseGate(text string) (Gate, error) {
	var g Gate
	if colon := strings.LastIndex(text, ":"); colon >= 0 {
		if g.Stage, text = strings.TrimSpace(text[:colon]), text[colon+1:]; g.Stage == "" {
			return Gate{}, errors.New("no stage stands before the colon")
		}
	}
	parts := gateText.FindStringSubmatch(text)
	if parts == nil {
		return Gate{}, errors.New("write it like p99 < +10%, error_ratio < +0.5pp or heavy: throughput > -5%")
	}
	g.Metric, g.Above = Metric(parts[1]), parts[2] == ">"
	if !g.Metric.valid() {
		return Gate{}, fmt.Errorf("%q is no metric: there are %s", g.Metric, metricNames())
	}
	if want := g.Metric.ChangeUnit(); parts[4] != want {
		return Gate{}, fmt.Errorf("the change of %s is in %s, not in %s", g.Metric, want, parts[4])
	}
	var err error
	if g.Bound, err = strconv.ParseFloat(parts[3], 64); err != nil {
		return Gate{}, fmt.Errorf("%s is too large a number", parts[3])
	}
	g.Bound += 0 // -0 is 0
	if g.Bound < -100 || g.Metric.ChangeUnit() == "pp" && g.Bound > 100 {
		return Gate{}, fmt.Errorf("no change is beyond %+g%s", g.Bound, parts[4])
	}
	return g, nil
}

// CheckGates reports every gate whose stage is in none of the comparisons.
func CheckGates(gates []Gate, common []Comparison) error {
	var names []string
	for _, c := range common {
		names = append(names, c.A.Stage)
	}
	var faults []error
	for _, g := range gates {
		if g.Stage != "" && len(g.of(common)) == 0 {
			faults = append(faults, fmt.Errorf("gate %q: no stage %q is compared, only %s", g, g.Stage, strings.Join(names, ", ")))
		}
	}
	return errors.Join(faults...)
}

func (g Gate) of(common []Comparison) (list []Comparison) {
	for _, c := range common {
		if g.Stage == "" || g.Stage == c.A.Stage {
			list = append(list, c)
		}
	}
	return list
}

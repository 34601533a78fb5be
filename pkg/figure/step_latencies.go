package figure

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// StepLatencies draws the cumulative distributions of the latencies of the steps of purchases over
// one another, and that of whole purchases: the fraction that was done or refused within a time, as
// in CDFs. A step takes from the start of its first attempt to the end of its last attempt or poll; a
// whole purchase is counted from its scheduled start. The legend is in the order of the steps, the whole purchase
// last; of several stages each name begins with the stage. Steps that no purchase began are left out.
//
// Stages whose purchases take one request have no curve; without any other it is Nothing. More than 32
// curves are an error. Latencies that polls observed may be less; a line below says by how much.
func StepLatencies(stages []runs.Stage) (_ *plot.Plot, err error) {
	defer runs.CatchDamage(&err)
	const title = "Latency by step: share of steps answered within a time"
	if err := checkNotEmpty(title, stages); err != nil {
		return nil, err
	}
	stages = slices.DeleteFunc(slices.Clone(stages), func(s runs.Stage) bool { return len(s.Steps) == 0 })
	if len(stages) == 0 {
		return nil, Nothing{title, "a purchase of these stages takes one request, not steps"}
	}
	var curves []cdf
	var notes []string
	for _, s := range stages {
		of, uncertain := stepCurves(s, len(stages) > 1, len(curves))
		curves = append(curves, of...)
		if uncertain > 0 {
			notes = append(notes, language.Text(fmt.Sprintf("polled latencies of %s may be up to %s ms less", oneLine(s.Stage, maxNameLetters), load.FormatNumber(uncertain))))
		}
	}
	if len(curves) > maxStepCurves {
		return nil, fmt.Errorf("%d curves of steps: choose stages with %d at most", len(curves), maxStepCurves)
	}
	for i := range curves {
		curves[i].turn = i / len(cdfColors) // so that no two curves are alike
	}
	name := cdf.shortName
	if len(curves) > 2*maxLegendRows {
		name = cdf.shortestName
	}
	p := plotCDFs(title, "share of steps (%)", curves, name)
	addWarnings(p, stages, true, notes...)
	return p, nil
}

// maxStepCurves is how many curves differ in colour or dashes.
const maxStepCurves = 32

// stepCurves returns the curves of a stage, the first of which has a place in the figure, and the
// most milliseconds by which one of its latencies may be less.
func stepCurves(s runs.Stage, several bool, place int) (curves []cdf, uncertain float64) {
	latency, low := map[string][]float64{}, map[string][]float64{}
	for step := range s.EachStep() {
		latency[step.Name] = append(latency[step.Name], step.LatencyMS)
		low[step.Name] = append(low[step.Name], step.LatencyMS-step.UncertaintyMS)
		uncertain = max(uncertain, step.UncertaintyMS)
	}
	name := func(of string) string {
		if several {
			return s.Stage + ": " + of
		}
		return of
	}
	add := func(of string, values, low []float64) {
		c := cdfOf(name(of), place+len(curves), values)
		c.low = marksOf(load.Sorted(low))
		curves = append(curves, c)
	}
	for _, step := range s.Steps {
		if values := latency[step]; len(values) > 0 {
			add(step, values, low[step])
		}
	}
	var whole, wholeLow []float64
	for o := range s.EachOperation("latency_ms", "uncertainty_ms") {
		if finite(o.LatencyMS) {
			whole, wholeLow = append(whole, o.LatencyMS), append(wholeLow, o.LatencyMS-o.UncertaintyMS)
			uncertain = max(uncertain, o.UncertaintyMS)
		}
	}
	add(language.Text("end to end"), whole, wholeLow)
	return curves, uncertain
}

// shortName is the curve's line of a legend that has several.
func (c cdf) shortName() string {
	name := oneLine(c.label, maxNameLetters)
	if c.requests == 0 {
		return name
	}
	return fmt.Sprintf("%s, p50 %s  p99 %s ms", name, c.markText(0), c.markText(2))
}

// shortestName is the curve's line of a legend that has so many that their figures have no room.
func (c cdf) shortestName() string { return oneLine(c.label, maxNameLetters) }

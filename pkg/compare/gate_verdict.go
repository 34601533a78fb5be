package compare

import (
	"encoding/json"
	"fmt"
	"math"

	"sagalab/pkg/runs"
)

// GateVerdict is what a comparison says of a gate.
type GateVerdict string

// The verdicts of gates: the change's whole interval is on the good side of the
// bound, beyond it, or on both.
const (
	GateHolds    GateVerdict = "holds"
	GateViolated GateVerdict = "violated"
	GateUnclear  GateVerdict = "unclear"
)

// GateResult is the verdict of one gate on one stage.
type GateResult struct {
	Gate    Gate
	Stage   string
	Verdict GateVerdict
	// Detail says what was found and, of an unclear gate, what would decide it.
	Detail string
}

// MarshalJSON writes the gate as its text.
func (r GateResult) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"gate": r.Gate.String(), "stage": r.Stage, "verdict": string(r.Verdict), "detail": r.Detail})
}

// String is a line for the terminal.
func (r GateResult) String() string {
	return fmt.Sprintf("gate %-8s  %s: %s  (%s)", r.Verdict, r.Stage, Gate{Metric: r.Gate.Metric, Above: r.Gate.Above, Bound: r.Gate.Bound}, r.Detail)
}

// JudgeGates judges each gate on each stage that it is for. A gate for every
// stage is unclear on a stage that only one run has: a run that stopped before a
// stage must not pass for one that is as good.
func JudgeGates(gates []Gate, common []Comparison, alone []Unmatched) (results []GateResult) {
	for _, g := range gates {
		for _, c := range g.of(common) {
			results = append(results, g.judge(c))
		}
		for _, a := range alone {
			if g.Stage == "" {
				results = append(results, GateResult{g, a.Stage, GateUnclear, a.String()})
			}
		}
	}
	return results
}

func (g Gate) judge(c Comparison) GateResult {
	r := GateResult{Gate: g, Stage: c.A.Stage, Verdict: GateUnclear}
	v, _ := c.Change(g.Metric)
	e, bound := v.Change, g.Bound
	r.Detail = v.String()
	good, bad := e.High < bound, e.Low > bound
	if g.Above {
		good, bad = e.Low > bound, e.High < bound
	}
	switch {
	case v.Verdict == TooFew:
		r.Detail += ": " + v.Note
	case bad:
		r.Verdict = GateViolated
	case good && c.A.Dropped+c.B.Dropped > 0:
		r.Detail += ", but arrivals were dropped, which are in no figure"
	case good && c.A.complete() && c.B.complete():
		r.Verdict = GateHolds
	case good:
		r.Detail += ", but a stage was not completed"
	case v.Note != "":
		r.Detail += ": " + v.Note
	default:
		r.Detail += ": " + c.decisive(v, bound)
	}
	r.Detail = joined(append([]string{r.Detail}, c.Notes()...)...)
	return r
}

func (s Side) complete() bool { return s.State == runs.Complete || s.State == "" }

// decisive says how many requests would roughly decide, if the change is what it
// looks like: half an interval shrinks with the root of their number or, as long
// as no event was seen, with the number itself.
func (c Comparison) decisive(v Change, bound float64) string {
	n, unit := float64(min(c.A.Operations, c.B.Operations)), "requests in each run"
	if c.A.Repeats > 0 {
		n, unit = float64(min(c.A.Repeats, c.B.Repeats)), "runs of each"
	}
	scale := func(percent float64) float64 { return math.Log1p(percent / 100) }
	power := 2.
	if v.Metric.ChangeUnit() == "pp" {
		scale = func(points float64) float64 { return points }
		if v.A.Value == v.B.Value && (v.A.Value == 0 || v.A.Value == 100) {
			power = 1
		}
	}
	end := v.Change.High
	if bound < v.Change.Value {
		end = v.Change.Low
	}
	n *= math.Pow((scale(end)-scale(v.Change.Value))/(scale(bound)-scale(v.Change.Value)), power)
	if !(n < 1e9) {
		return "the change is so near the bound that no number would decide"
	}
	digits := math.Pow(10, math.Max(0, math.Floor(math.Log10(n))-1))
	return fmt.Sprintf("about %.0f %s would decide", math.Ceil(n/digits)*digits, unit)
}

// GateExit is the exit code of results: 0 all hold, 1 one is violated, 2 not all
// could be judged. unclear is what an unclear gate counts as.
func GateExit(results []GateResult, unclear GateVerdict) int {
	code := 0
	for _, r := range results {
		verdict := r.Verdict
		if verdict == GateUnclear {
			verdict = unclear
		}
		switch verdict {
		case GateHolds:
		case GateViolated:
			return 1
		default:
			code = 2
		}
	}
	return code
}

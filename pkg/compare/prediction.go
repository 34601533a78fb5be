package compare

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// PredictionVerdict is what a Prediction comes to.
type PredictionVerdict string

const (
	// Agrees is of a prediction within 10 % of the mean of what was measured (of amplification, within 10 %
	// of the retries), or with an interval that meets the range of what was measured.
	Agrees PredictionVerdict = "agrees"
	// Differs is of any other one.
	Differs PredictionVerdict = "differs"
	// CannotTell is of a prediction whose interval is too wide for a verdict.
	CannotTell PredictionVerdict = "cannot tell"
)

// Prediction is a metric that was predicted for a policy, and then measured.
type Prediction struct {
	Policy string `json:"policy"`
	Metric Metric `json:"metric"`
	// Predicted, and each of Measured, is in the metric's Unit.
	Predicted Estimate  `json:"predicted"`
	Measured  []float64 `json:"measured"`
	// Wide reports whether the interval of Predicted is too wide for a verdict.
	Wide bool `json:"wide"`
	// Notes are a few words for each reason to doubt what was measured (runs.Stage.Notes).
	Notes []string `json:"notes,omitempty"`
}

// MarshalJSON adds the verdict.
func (p Prediction) MarshalJSON() ([]byte, error) {
	type plain Prediction
	return json.Marshal(struct {
		plain
		Verdict PredictionVerdict `json:"verdict"`
	}{plain(p), p.Verdict()})
}

// Verdict compares what was predicted with what was measured; CannotTell when nothing was.
func (p Prediction) Verdict() PredictionVerdict {
	mean := p.MeanMeasured()
	leeway := .1 * math.Abs(mean)
	if p.Metric == Amplification { // one attempt is always made
		leeway = .1 * math.Abs(mean-1)
	}
	lowest, highest := p.LowestAndHighest()
	switch off := math.Abs(p.Predicted.Value - mean); {
	case p.Wide || math.IsNaN(off):
		return CannotTell
	case off <= leeway || p.Predicted.Low <= highest && p.Predicted.High >= lowest:
		return Agrees
	}
	return Differs
}

// OffPercent returns how far the predicted value is from the mean of what was measured, in percent of that; NaN when
// nothing was measured, or 0.
func (p Prediction) OffPercent() float64 {
	mean := p.MeanMeasured()
	if mean == 0 {
		return math.NaN()
	}
	return 100 * (p.Predicted.Value - mean) / mean
}

// MeanMeasured returns the mean of what was measured, NaN when nothing was.
func (p Prediction) MeanMeasured() float64 {
	sum := 0.
	for _, v := range p.Measured {
		sum += v
	}
	return sum / float64(len(p.Measured))
}

// PredictionsText is a sentence on how many predictions agree with what was measured, and one on what to do
// when some differ that were measured fewer than three times.
func PredictionsText(list []Prediction) string {
	counts := map[PredictionVerdict]int{}
	var differ []string
	few := false // of what differs, one has few measurements
	for _, p := range list {
		v := p.Verdict()
		if counts[v]++; v == Differs {
			differ = append(differ, fmt.Sprintf("%s of %s", p.Metric, p.Policy))
			few = few || len(p.Measured) < 3
		}
	}
	text := fmt.Sprintf("Of %d predictions %d agree with what was measured, %d differ", len(list), counts[Agrees], counts[Differs])
	if len(differ) > 0 {
		text += " (" + strings.Join(differ, ", ") + ")"
	}
	text += fmt.Sprintf(", and of %d the range is too wide to judge", counts[CannotTell])
	if few {
		text += ". One stage may be slow by chance: run a policy that differs three times"
	}
	return text
}

// LowestAndHighest returns the ends of what was measured, NaN when nothing was.
func (p Prediction) LowestAndHighest() (low, high float64) {
	if len(p.Measured) == 0 {
		return math.NaN(), math.NaN()
	}
	return slices.Min(p.Measured), slices.Max(p.Measured)
}

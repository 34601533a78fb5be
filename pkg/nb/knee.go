package nb

import (
	"fmt"
	"math"

	"sagalab/pkg/compare"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// Knee says for each stage of the open model where its knee is: the highest offered
// rate at which what is confirmed still keeps up with what arrives (compare.FindKnee).
func Knee(stages []runs.Stage) {
	for _, s := range stages {
		k, err := compare.FindKnee(s)
		exitOnError(err)
		printf("%s: %s\n", s.Stage, k)
	}
}

// KneeAndCapacity says how far the knee of a ramp is from the capacity that the
// search of a name found. Both are of the notebook's current run.
func (l Lab) KneeAndCapacity(ramp, search string) { exitOnError(l.kneeAndCapacity(ramp, search)) }

func (l Lab) kneeAndCapacity(ramp, search string) error {
	run, err := l.current()
	if err != nil {
		return err
	}
	stages, err := run.OpenStages()
	if err != nil {
		return err
	}
	var risen *runs.Stage
	held, probes := 0., 0
	for i, s := range stages {
		switch rate, isProbe := probeRate(s, search); {
		case s.Stage == ramp:
			risen = &stages[i]
		case isProbe:
			if probes++; thresholdsHold(s) {
				held = max(held, rate)
			}
		}
	}
	if risen == nil || probes == 0 {
		return fmt.Errorf("knee and capacity: this run has no stage %q or no probe of the search %q: run the cells of both first", ramp, search)
	}
	k, err := compare.FindKnee(*risen)
	if err != nil {
		return err
	}
	printf("%s\n", kneeAgainstCapacity(k, held))
	return nil
}

// probeRate is the rate of a stage that is a probe of the search.
func probeRate(s runs.Stage, search string) (rate float64, ok bool) {
	plan, err := load.ParseStage(s.Load)
	if err != nil || !plan.Open() || s.Search != search {
		return 0, false
	}
	return plan.Rate[0].From, true
}

func thresholdsHold(s runs.Stage) bool {
	for _, j := range s.Thresholds {
		if j.Verdict == "fail" {
			return false
		}
	}
	return true
}

// kneeAgainstCapacity says how far a knee is from a capacity, which is 0 if no probe held.
func kneeAgainstCapacity(k compare.Knee, capacity float64) string {
	switch {
	case capacity == 0:
		return "The knee cannot be compared with a capacity: no probe held"
	case k.Verdict == compare.NoKnee:
		return fmt.Sprintf("No knee was seen up to %s; the capacity is %s or more", compare.FormatRate(k.Highest), compare.FormatRate(capacity))
	case k.Verdict != compare.KneeFound:
		return "The knee is " + k.String()
	}
	return fmt.Sprintf("The knee, %s, and the capacity, %s, are %.0f %% apart", compare.FormatRate(k.Rate), compare.FormatRate(capacity), 100*math.Abs(k.Rate/capacity-1))
}

package observe

import (
	"strings"

	"sagalab/pkg/runs"
)

// purchaseKey returns the key of the purchase of which a key is that of a step, by the names of
// the steps (purchase.StepKey); other keys as they are.
func purchaseKey(key string, steps []string) string {
	for i := 0; i < len(steps)-1; i++ {
		if of, found := strings.CutSuffix(key, "."+steps[i]); found {
			return of
		}
	}
	return key
}

// stepOfKey returns the step before the one that decides whose key a key is, "" without one.
func stepOfKey(key string, stages []runs.Stage) string {
	for s := range stages {
		steps := stages[s].Steps
		for i := 0; i < len(steps)-1; i++ {
			if strings.HasSuffix(key, "."+steps[i]) {
				return steps[i]
			}
		}
	}
	return ""
}

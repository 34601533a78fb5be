package advise

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"sagalab/pkg/fault"
)

// period is a time in which the service behaves alike: no window of faults opens or closes in it,
// and the fraction of attempts that fail does not change. Periods with the same behaviour have
// the same number.
type period struct {
	from      time.Duration // to the next period's from
	behaviour int
}

// periodsOf divides a stage's time, whose attempts are samples in the order of their start. known is until
// when the behaviour is known: for ever when the plan explains the last period, and until the last
// attempt when something else has changed in it, since that may change again.
func periodsOf(plan fault.Plan, samples []sample) (list []period, known time.Duration) {
	last := samples[len(samples)-1].at
	known = math.MaxInt64
	bounds := []time.Duration{0}
	for _, w := range plan.Windows {
		bounds = append(bounds, w.From, w.To)
	}
	slices.Sort(bounds)
	bounds = slices.Compact(bounds)
	numbers := map[string]int{}
	number := func(key string) int {
		n, known := numbers[key]
		if !known {
			n = len(numbers)
			numbers[key] = n
		}
		return n
	}
	for i, from := range bounds {
		to := time.Duration(math.MaxInt64)
		if i+1 < len(bounds) {
			to = bounds[i+1]
		}
		open := ""
		for _, w := range plan.Windows {
			if w.From <= from && from < w.To {
				w.From, w.To = 0, 0 // windows with the same fault are alike
				open += fmt.Sprintf("%+v,", w)
			}
		}
		changes := failureChanges(between(samples, from, to))
		if len(changes) == 0 {
			list = append(list, period{from, number(open)})
			continue
		}
		if from <= last && last < to {
			known = last
		}
		for n, at := range append([]time.Duration{from}, changes...) {
			list = append(list, period{at, number(fmt.Sprintf("%s after change %d of %d", open, n, i))})
		}
	}
	return list, known
}

// between returns the samples that started in [from, to).
func between(samples []sample, from, to time.Duration) []sample {
	at := func(t time.Duration) int {
		return sort.Search(len(samples), func(i int) bool { return samples[i].at >= t })
	}
	return samples[at(from):at(to)]
}

// minPart is the fewest attempts between two changes.
const minPart = 30

// failureChanges returns when the fraction of attempts that may be retried changed, by
// binary segmentation: the moment that explains most is a change when the log likelihood rises by
// more than 3 log n there (Scott and Knott 1974; the penalty is Bayes' for a change and a fraction,
// tripled since many moments are tried).
func failureChanges(samples []sample) (changes []time.Duration) {
	sums := make([]int, len(samples)+1)
	for i := range samples {
		sums[i+1] = sums[i]
		if samples[i].ending >= retryAfter {
			sums[i+1]++
		}
	}
	var split func(from, to int)
	split = func(from, to int) {
		best, at := 0., -1
		whole := bernoulli(sums[to]-sums[from], to-from)
		for i := from + minPart; i <= to-minPart; i++ {
			gain := bernoulli(sums[i]-sums[from], i-from) + bernoulli(sums[to]-sums[i], to-i) - whole
			if gain > best {
				best, at = gain, i
			}
		}
		if at < 0 || best < 3*math.Log(float64(len(samples))) {
			return
		}
		split(from, at)
		changes = append(changes, samples[at].at)
		split(at, to)
	}
	split(0, len(samples))
	return changes
}

// bernoulli is the largest log likelihood of k of n.
func bernoulli(k, n int) float64 {
	if k == 0 || k == n {
		return 0
	}
	p := float64(k) / float64(n)
	return float64(k)*math.Log(p) + float64(n-k)*math.Log(1-p)
}

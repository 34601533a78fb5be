package accuracy

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/shop/defect"
)

var matrixRuns = flag.Int("runs", 2, "how many runs with each bug")

// minFound is the fraction of the runs in which a bug had an effect that have to find it by
// its cause; in a small sample, of all bugs together.
const minFound = .95

// bug is a service with one bug.
type bug struct {
	service, name, title string
	// causes are the rules that name the cause; any of them finds it.
	causes []string
	// undetectable is why no reading call and no answer shows its effect, "" when one does.
	undetectable string
	// trial starts the service and returns how often the bug had an effect, to be called
	// after the run.
	trial func(t testing.TB, seed uint64) (x trial, struck func() int)
}

// shopCauses are more rules that name a defect: T1 the step that was not undone, C1 the
// piece that oversell adds, C2 the money that overspend charges and does not take, C4 a
// flipped outcome of which the right answer was lost.
var shopCauses = map[defect.Defect][]string{defect.OrphanReservation: {"T1"}, defect.LostRefund: {"T1"}, defect.Oversell: {"C1"}, defect.Overspend: {"C2"}, defect.FlippedOutcome: {"C4"}}

// shopBugs are the defects of the reference service.
func shopBugs() (list []bug) {
	for _, d := range defect.Known() {
		list = append(list, bug{service: "shop", name: string(d.Name), title: d.Does, causes: append([]string{d.Rule}, shopCauses[d.Name]...),
			trial: func(t testing.TB, seed uint64) (trial, func() int) {
				s, x := startShop(t, d.Name, seed)
				switch d.Name {
				case defect.Oversell:
					x.fixture = rich()
				case defect.OverloadedButDone, defect.InProgressNotBegun:
					x.once = true // a request that came twice may have been answered twice
				case defect.NegativeStock:
					x.during = func() { time.Sleep(400 * time.Millisecond) } // for some samples
				}
				return x, func() int { return len(s.Struck(d.Name)) }
			}})
	}
	return list
}

// found counts the runs of a bug.
type found struct {
	runs, effective, byCause, bySideEffect int
	first                                  int            // runs by cause in which a cause is shown first
	rules                                  map[string]int // runs in which each rule was violated
	missed                                 []string       // what the report of a run said that missed it
	behind                                 []string       // what was shown first instead of a cause
}

// TestBugMatrix runs every bug and wants a rule that names its cause to find it in
// nearly every run in which it had an effect.
func TestBugMatrix(t *testing.T) {
	began := time.Now()
	bugs := slices.Concat(marketBugs(), shopBugs())
	results := make([]found, len(bugs))
	t.Run("bugs", func(t *testing.T) {
		var mu sync.Mutex
		for i, b := range bugs {
			results[i].rules = map[string]int{}
			for n := range *matrixRuns {
				t.Run(fmt.Sprintf("%s/%s/%d", b.service, b.name, n), func(t *testing.T) {
					t.Parallel()
					x, struck := b.trial(t, uint64(n)+1)
					r, _ := x.run(t)
					mu.Lock()
					defer mu.Unlock()
					results[i].count(b, r, struck())
				})
			}
		}
	})
	for i, b := range bugs {
		repeatUntilFound(t, b, &results[i])
	}
	effective, byCause := 0, 0
	for i, b := range bugs {
		f := results[i]
		if b.undetectable != "" {
			continue
		}
		effective, byCause = effective+f.effective, byCause+f.byCause
		if f.effective-f.byCause > tolerated(f.effective) {
			t.Errorf("%s/%s: found by its cause (%s) in %d of %d runs, by a side effect alone in %d\n%s", b.service, b.name, strings.Join(b.causes, ", "), f.byCause, f.effective, f.bySideEffect, strings.Join(f.missed, "\n"))
		}
		switch {
		case f.effective == 0:
			t.Errorf("%s/%s had no effect in %d runs, so that nothing was tested", b.service, b.name, f.runs)
		case f.byCause == 0:
			t.Errorf("%s/%s had an effect in %d of %d runs, and none found it by its cause", b.service, b.name, f.effective, f.runs)
		}
	}
	if float64(byCause) < minFound*float64(effective) {
		t.Errorf("bugs that can be detected were found by their cause in %d of %d runs in which they had an effect, want %.0f %%", byCause, effective, 100*minFound)
	}
	t.Logf("%d bugs, %d runs each, %.0f s; those that can be detected were found by their cause in %d of %d runs in which they had an effect\n%s",
		len(bugs), *matrixRuns, time.Since(began).Seconds(), byCause, effective, matrixTable(bugs, results))
}

// tolerated is in how many of n runs a bug may be missed: 1 in 20, and 1 in fewer.
func tolerated(n int) int { return max(1, int((1-minFound)*float64(n)+.5)) }

// mostRepeats is how often a bug is run again that had no effect, or was not found, in the
// runs asked for.
const mostRepeats = 40

// repeatUntilFound runs a bug that can be detected with other seeds until it is found by its
// cause: in a small sample it may have had no effect.
func repeatUntilFound(t *testing.T, b bug, f *found) {
	for n := f.runs; b.undetectable == "" && f.byCause == 0 && n < *matrixRuns+mostRepeats; n++ {
		t.Run(fmt.Sprintf("again/%s/%s/%d", b.service, b.name, n), func(t *testing.T) {
			x, struck := b.trial(t, uint64(n)+1)
			r, _ := x.run(t)
			f.count(b, r, struck())
		})
	}
}

// count adds a run in which the bug had an effect struck times.
func (f *found) count(b bug, r audit.Report, struck int) {
	f.runs++
	if struck == 0 {
		return
	}
	f.effective++
	rules := violated(r)
	for _, rule := range rules {
		f.rules[rule]++
	}
	switch {
	case slices.ContainsFunc(rules, func(rule string) bool { return slices.Contains(b.causes, rule) }):
		f.byCause++
		if first := r.Violated()[0]; slices.Contains(b.causes, first.Rule) {
			f.first++
		} else if len(f.behind) < 2 {
			f.behind = append(f.behind, fmt.Sprintf("%s/%s: %s is shown before %s: %s", b.service, b.name, first.Rule, strings.Join(b.causes, ", "), r.Explanation()))
		}
		return
	case len(rules) > 0:
		f.bySideEffect++
	}
	if len(f.missed) < 2 {
		f.missed = append(f.missed, r.String())
	}
}

// matrixTable is the matrix: in how many of the runs with an effect a rule found the bug.
func matrixTable(bugs []bug, results []found) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "service\tbug\truns\teffect\tby cause\tfirst\tby side effect\tmissed\trules\twhy it is not found")
	for i, x := range bugs {
		f := results[i]
		var rules []string
		for _, rule := range ruleNames() {
			if n := f.rules[rule]; n > 0 {
				mark := ""
				if slices.Contains(x.causes, rule) {
					mark = "!"
				}
				rules = append(rules, fmt.Sprintf("%s%s×%d", rule, mark, n))
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n", x.service, x.name, f.runs, f.effective, f.byCause, f.first, f.bySideEffect, f.effective-f.byCause-f.bySideEffect, strings.Join(rules, " "), x.undetectable)
	}
	w.Flush()
	for _, f := range results {
		for _, behind := range f.behind {
			fmt.Fprintln(&b, behind)
		}
	}
	return b.String()
}

// ruleNames lists the rules of the audit in its order.
func ruleNames() (names []string) {
	for _, v := range audit.Judge(audit.Evidence{}, audit.Options{}).Verdicts {
		names = append(names, v.Rule)
	}
	return names
}

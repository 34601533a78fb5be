package accuracy

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"sagalab/pkg/internal/audit"
)

// TestCorrectProjections: no correct service is called violated because it does not show
// something, and of each projection the rules that it enables hold in some of the runs.
func TestCorrectProjections(t *testing.T) {
	var mu sync.Mutex
	held := make([]map[string]int, len(projections))
	reasons := make([]map[string]string, len(projections))
	t.Run("runs", func(t *testing.T) {
		for i := range *correctRuns {
			n, seed := i%len(projections), uint64(i/len(projections))
			p := projections[n]
			if held[n] == nil {
				held[n], reasons[n] = map[string]int{}, map[string]string{}
			}
			t.Run(fmt.Sprintf("%s/%d", p.name, i), func(t *testing.T) {
				t.Parallel()
				var x trial
				switch {
				case seed >= 2 && seed%4 < 3: // in any style
					_, x = startMarket(t, styles[i%len(styles)], seed+1, nil)
				case seed%2 == 0:
					_, x = startMarket(t, style{}, seed+1, nil)
				default:
					_, x = startShop(t, "", seed+1)
				}
				x.adapter, x.offered = p.adapter, seed%4 < 2 // without a fixture it is not known what a product that does not exist costs
				r, _ := x.run(t)
				if bad := violated(r); len(bad) > 0 {
					t.Errorf("%v called violated\n%s", bad, r)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, v := range r.Verdicts {
					if v.Answer == audit.Holds {
						held[n][v.Rule]++
					} else {
						reasons[n][v.Rule] = fmt.Sprintf("%s: %s", v.Answer, v.Evidence())
					}
				}
			})
		}
	})
	for n, p := range projections {
		for _, rule := range strings.Fields(p.holds) {
			if *correctRuns >= 2*len(projections) && held[n][rule] == 0 {
				t.Errorf("%s: %s held in none of the runs: %s", p.name, rule, reasons[n][rule])
			}
		}
		var rules []string
		for rule, times := range held[n] {
			rules = append(rules, fmt.Sprintf("%s %d", rule, times))
		}
		slices.Sort(rules)
		t.Logf("%s: %s", p.name, strings.Join(rules, ", "))
	}
}

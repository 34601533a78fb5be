package accuracy

import (
	"flag"
	"fmt"
	"sync"
	"testing"

	"sagalab/pkg/internal/audit"
)

var correctRuns = flag.Int("correct", 50, "how many runs on correct services")

// TestCorrectServices: no correct service is called violated, whatever its style, and each
// rule holds in some of the runs: an audit that cannot tell anything would raise no alarm
// either.
func TestCorrectServices(t *testing.T) {
	var mu sync.Mutex
	answers, held := map[audit.Answer]int{}, map[string]int{}
	t.Run("runs", func(t *testing.T) {
		for i := range *correctRuns {
			s := styles[i%len(styles)]
			t.Run(fmt.Sprintf("%s/%d", s.name, i), func(t *testing.T) {
				t.Parallel()
				_, x := startMarket(t, s, uint64(i)+1, nil)
				r, _ := x.run(t)
				if bad := violated(r); len(bad) > 0 {
					t.Errorf("%v called violated\n%s", bad, r)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, v := range r.Verdicts {
					answers[v.Answer]++
					if v.Answer == audit.Holds {
						held[v.Rule]++
					}
				}
			})
		}
	})
	if *correctRuns >= len(styles) {
		for _, rule := range ruleNames() {
			if held[rule] == 0 {
				t.Errorf("%s held in none of the runs, so that nothing was tested of it", rule)
			}
		}
	}
	t.Logf("%d correct runs of %d styles: %v; runs in which each rule held: %v", *correctRuns, len(styles), answers, held)
}

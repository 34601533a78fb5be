package accuracy

import (
	"flag"
	"fmt"
	"sync"
	"testing"

	"sagalab/pkg/internal/audit"
)

var correctRuns = flag.Int("correct", 50, "how many runs on correct services")

// TestCorrectServices: no correct service is called violated, whatever its style.
func TestCorrectServices(t *testing.T) {
	var mu sync.Mutex
	answers := map[audit.Answer]int{}
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
			}
		})
	}
	t.Cleanup(func() { t.Logf("%d correct runs of %d styles: %v", *correctRuns, len(styles), answers) })
}

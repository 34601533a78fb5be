package report

import (
	"fmt"
	"reflect"
	"testing"
)

func TestFactsNameTheStagesThatDiffer(t *testing.T) {
	var f provenanceTable
	f.put("machine", "m")
	f.put("machine", "m")
	f.put("service", "")
	for _, stage := range []string{"a", "b", "c"} {
		f.put("policy", "3 attempts", stage)
		f.put("fixture", map[string]string{"c": "scarce"}[stage], stage)
		f.put("bought", map[string]string{"a": "1", "b": "2", "c": "1"}[stage], stage)
	}
	f.put("faults", "drop_reply", "b")
	want := [][2]string{{"machine", "m"}, {"policy", "3 attempts"}, {"bought", "1 (a, c); 2 (b)"}, {"fixture", "scarce"}, {"faults", "drop_reply (b)"}}
	if got := f.rows(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for i := range 20 {
		f.put("seed", fmt.Sprint(i), fmt.Sprint("stage ", i))
	}
	last := f.rows()[5][1]
	if want := "8 more"; last[len(last)-len(want):] != want {
		t.Errorf("20 seeds are %q, want 12 of them and %q", last, want)
	}
}

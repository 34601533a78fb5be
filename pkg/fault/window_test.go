package fault

import (
	"reflect"
	"testing"
	"time"
)

func TestEvery(t *testing.T) {
	const s = time.Second
	got := Every(5*s, s, 12*s, Stall)
	want := []Window{{From: 4 * s, To: 5 * s, Fault: Stall, Probability: 1}, {From: 9 * s, To: 10 * s, Fault: Stall, Probability: 1}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Every(5s, 1s, 12s) = %+v, want %+v", got, want)
	}
	if err := (Plan{Windows: got}).Validate(); err != nil {
		t.Errorf("its windows are refused: %v", err)
	}
	for _, tt := range [][3]time.Duration{{0, s, 9 * s}, {-s, s, 9 * s}, {s, 0, 9 * s}, {s, -s, 9 * s}, {s, 2 * s, 9 * s}, {1, 1, 9 * s}} {
		if err := (Plan{Windows: Every(tt[0], tt[1], tt[2], Stall)}).Validate(); err == nil {
			t.Errorf("the windows of Every(%v, %v, %v) are accepted, want them refused", tt[0], tt[1], tt[2])
		}
	}
}

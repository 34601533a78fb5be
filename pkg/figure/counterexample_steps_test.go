package figure

import (
	"testing"
	"time"

	"sagalab/pkg/runs"
)

// TestCounterexampleOfSteps: each row has the attempt's number and step, and of a poll that it is
// one; each has a label.
func TestCounterexampleOfSteps(t *testing.T) {
	began := time.Unix(0, 0)
	attempts := []runs.Attempt{
		{Number: 1, Step: "cart", Key: "k.cart", StartTS: began, LatencyMS: 5, Status: 201, Sent: true},
		{Number: 2, Kind: runs.Retry, Key: "k", StartTS: began, LatencyMS: 5, Status: 202, Sent: true},
		{Number: 2, Kind: runs.Poll, Step: "pay", Key: "k", StartTS: began, LatencyMS: 5, Status: 200, Sent: true},
	}
	rows := attemptRows(began, attempts)
	for i, want := range []string{"1 cart  k.cart", "2  k", "poll pay  k"} {
		if rows[i].name != want || len(rows[i].bars[0].labels) == 0 {
			t.Errorf("row %d is %q with labels %q, want %q and some", i, rows[i].name, rows[i].bars[0].labels, want)
		}
	}
}

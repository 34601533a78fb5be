package nb

import (
	"net/http/httptest"
	"regexp"
	"strconv"
	"testing"
	"time"

	"sagalab/pkg/retry"
)

// TestCaseLatency: the latency of a purchase that is polled is all of it, as its row has it.
func TestCaseLatency(t *testing.T) {
	l, text, _ := cells(t, confirm)
	server := httptest.NewServer(&cartShop{seen: map[string]int{}})
	t.Cleanup(server.Close)
	l.API, l.Adapter, l.Policy = server.URL, cartAdapter{}, retry.Policy{MaxAttempts: 3, AttemptTimeout: 5 * time.Second}
	for _, cell := range []func() error{l.setup, l.checkConnectivity, func() error { return l.runCase("one lamp", order) }} {
		if err := cell(); err != nil {
			t.Fatal(err)
		}
	}
	printed := regexp.MustCompile(`Case=one lamp success=true status=200 latency_ms=(\d+) `).FindStringSubmatch(text.String())
	if printed == nil {
		t.Fatalf("printed %s", text)
	}
	got, err := strconv.ParseFloat(printed[1], 64)
	o := l.Cases()[0].Operations[0]
	// two polls come 5 and 10 ms after the answer before
	if err != nil || got < 15 || got > o.LatencyMS+1 || got < o.LatencyMS/2 {
		t.Errorf("printed %v ms, %v; the row has %v ms", got, err, o.LatencyMS)
	}
}

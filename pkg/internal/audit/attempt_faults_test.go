package audit

import (
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

func TestPlannedFault(t *testing.T) {
	window := func(fault string, from, to int, probability float64, met, taken int) runs.FaultWindow {
		return runs.FaultWindow{Fault: fault, From: time.Duration(from) * time.Second, To: time.Duration(to) * time.Second, Probability: probability, Met: met, Taken: taken}
	}
	all := window("drop_reply", 2, 4, 1, 9, 9)
	for _, tt := range []struct {
		name     string
		windows  []runs.FaultWindow
		from, to float64 // seconds
		status   int64
		class    string
		want     string
	}{
		{"no plan", nil, 3, 3.1, 0, "eof", ""},
		{"every reply", []runs.FaultWindow{all}, 3, 3.1, 0, "eof", "the fault plan dropped the reply"},
		{"some replies", []runs.FaultWindow{window("drop_reply", 2, 4, .3, 90, 27)}, 3, 3.1, 0, "eof", "while the fault plan dropped replies"},
		{"it missed some", []runs.FaultWindow{window("drop_reply", 2, 4, 1, 9, 8)}, 3, 3.1, 0, "eof", "while the fault plan dropped replies"},
		{"began before", []runs.FaultWindow{all}, 1.9, 3, 0, "eof", "while the fault plan dropped replies"},
		{"ended after", []runs.FaultWindow{all}, 3.9, 4.1, 0, "eof", "while the fault plan dropped replies"},
		{"too early", []runs.FaultWindow{all}, 1, 1.9, 0, "eof", ""},
		{"too late", []runs.FaultWindow{all}, 4, 4.1, 0, "eof", ""},
		{"took no request", []runs.FaultWindow{window("drop_reply", 2, 4, 1, 0, 0)}, 3, 3.1, 0, "eof", ""},
		{"another end", []runs.FaultWindow{all}, 3, 3.1, 0, "timeout", ""},
		{"an answer", []runs.FaultWindow{all}, 3, 3.1, 201, "", ""},
		{"two windows", []runs.FaultWindow{all, window("kill", 2, 4, 1, 9, 9)}, 3, 3.1, 0, "eof", "while the fault plan dropped replies and had killed the service"},
		{"two windows of a kind", []runs.FaultWindow{all, window("drop_reply", 3, 4, 1, 9, 9)}, 3, 3.1, 0, "eof", "while the fault plan dropped replies"},
		{"a window of another end", []runs.FaultWindow{window("stall", 2, 4, 1, 9, 9), all}, 3, 3.1, 0, "eof", "the fault plan dropped the reply"},
		{"withheld", []runs.FaultWindow{window("hang_reply", 2, 9, 1, 9, 9)}, 3, 8, 0, "timeout", "the fault plan withheld the reply"},
		{"unavailable", []runs.FaultWindow{window("unavailable", 2, 4, 1, 9, 9)}, 3, 3.1, 503, "", "the fault plan answered in the service's place"},
		{"unavailable, confirmed", []runs.FaultWindow{window("unavailable", 2, 4, .5, 9, 4)}, 3, 3.1, 201, "", ""},
		{"twice", []runs.FaultWindow{window("duplicate", 2, 4, 1, 9, 9)}, 3, 3.1, 201, "", "the fault plan sent the request twice"},
		{"of a later version", []runs.FaultWindow{window("melt", 2, 4, 1, 9, 9)}, 3, 3.1, 201, "", "while the fault plan did melt"},
	} {
		seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
		if got := plannedFault(tt.windows, seconds(tt.from), seconds(tt.to), tt.status, tt.class); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestAttemptSaysThatThePlanDroppedItsReply in a counterexample, and in the words of
// a whole report.
func TestAttemptSaysThatThePlanDroppedItsReply(t *testing.T) {
	x := tale{
		sent:   []sent{buys("a", 1, 0, 5).ends(0, "eof", ""), buys("a", 1, 10, 5).ends(409, "out_of_stock", "o-a")},
		orders: []purchase.Order{order("a", 1, purchase.Confirmed, "rcf")}, stock: 4, balance: 90, after: time.Minute,
	}
	e := x.evidence()
	e.Stages[0].FaultWindows = []runs.FaultWindow{{Fault: "drop_reply", To: 8 * time.Millisecond, Probability: 1, Met: 1, Taken: 1}}
	r := Judge(e, Options{})
	const want = "no answer (eof) after 5.0 ms: the fault plan dropped the reply\n"
	if !strings.Contains(r.String(), want) || strings.Count(r.String(), "HTTP 409 out_of_stock after") == 0 {
		t.Errorf("%s\nwant it to say %q", r, want)
	}
}

func TestFaultsWithEndsHaveWords(t *testing.T) {
	for fault := range faultEnds {
		if _, known := faultWords[fault]; !known {
			t.Errorf("fault %s has ends and no words", fault)
		}
	}
}

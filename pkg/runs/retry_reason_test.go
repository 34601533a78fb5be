package runs

import (
	"errors"
	"reflect"
	"testing"
)

// TestRetryReasons: each attempt that another one at its step followed is counted, in memory and on
// disk; what follows the last attempt at a step, polls, logins and what was asked again is not.
func TestRetryReasons(t *testing.T) {
	rows := []Attempt{
		{Index: 0, Number: 1, Kind: Original, Step: "cart", Reason: "http_500", Status: 500}, {Index: 0, Number: 2, Kind: Retry, Step: "cart", Reason: "http_401", Status: 401},
		{Index: 0, Number: 2, Kind: Login, Step: "cart"}, {Index: 0, Number: 3, Kind: Retry, Step: "cart"},
		{Index: 0, Number: 4, Kind: Original, Step: "order", Reason: "eof", Class: "eof"}, {Index: 0, Number: 5, Kind: Retry, Step: "order", Reason: "pending"},
		{Index: 0, Number: 5, Kind: Poll, Step: "order", Reason: "http_404"}, {Index: 0, Number: 6, Kind: Again, Step: "order"},
		{Index: 1, Number: 1, Kind: Original, Step: "cart", Reason: "http_500"}, {Index: 1, Number: 2, Kind: Retry, Step: "cart", Reason: "http_409"},
		{Index: 2, Number: 1, Kind: Original, Step: "cart", Reason: "declined"},
		{Index: 3, Number: 1, Kind: Original, Class: "timeout"}, {Index: 3, Number: 2, Kind: Retry, Status: 502}, {Index: 3, Number: 3, Kind: Retry},
	}
	want := []RetryReason{{"http_500", 2}, {"eof", 1}, {"http_401", 1}, {"http_502", 1}, {"timeout", 1}}
	if got := RetryReasons(Stage{Attempts: rows}); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if RetryReasons(Stage{Attempts: rows[:1]}) != nil {
		t.Error("an attempt without another has a reason")
	}
	const n = 40
	_, r := newRun(t)
	w, err := r.Begin(stepsInfo(n))
	if err := errors.Join(err, w.Append(stepRecords("s", n)), w.Finish(Complete, "")); err != nil {
		t.Fatal(err)
	}
	stored, err := r.OpenStages()
	if err != nil {
		t.Fatal(err)
	}
	if got := RetryReasons(stored[0]); !reflect.DeepEqual(got, []RetryReason{{"http_503", Summarize(stored[0]).Retries}}) {
		t.Errorf("on disk: %v", got)
	}
}

func TestRetryLine(t *testing.T) {
	for want, reasons := range map[string][]RetryReason{
		"": nil, "1 retry: 1 eof": {{"eof", 1}}, "17 retries: 9 http_500, 6 eof, 2 http_401": {{"http_500", 9}, {"eof", 6}, {"http_401", 2}},
		"28 retries: 7 a, 6 b, 5 c, 4 d, 3 e\\n, 2 f, 1 for 1 other reasons": {{"a", 7}, {"b", 6}, {"c", 5}, {"d", 4}, {"e\n", 3}, {"f", 2}, {"g", 1}},
	} {
		if got := RetryLine(reasons); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

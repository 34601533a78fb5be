package traceid

import (
	"regexp"
	"testing"
)

// TestIDsStay: the ids of runs that are recorded already must not change.
func TestIDsStay(t *testing.T) {
	s := Stage{Load: "20260102-150405", Name: "heavy", Seed: 7}
	trace := s.Trace(3)
	if got, want := Traceparent(trace, trace.Operation()), "00-76ee0bd2493e04fe01bddd092e54bb04-e8c44291e0839fef-01"; got != want {
		t.Errorf("the operation is %s, want %s", got, want)
	}
	if got, want := Traceparent(trace, trace.Request(2)), "00-76ee0bd2493e04fe01bddd092e54bb04-5899dbcbf59656d2-01"; got != want {
		t.Errorf("its second request is %s, want %s", got, want)
	}
}

// TestIDsDiffer in each of what they are calculated from, also where texts are divided otherwise.
func TestIDsDiffer(t *testing.T) {
	traces := map[TraceID]bool{}
	spans := map[SpanID]bool{}
	stages := []Stage{{"run", "stage", 1}, {"run", "stage", 2}, {"ru", "nstage", 1}, {"runs", "tage", 1}, {"", "runstage", 1}, {"run2", "stage", 1}}
	const operations, requests = 50, 20
	for _, s := range stages {
		for index := range int64(operations) {
			trace := s.Trace(index)
			traces[trace] = true
			spans[trace.Operation()] = true
			for n := range requests {
				spans[trace.Request(n+1)] = true
			}
		}
	}
	if want := len(stages) * operations; len(traces) != want || len(spans) != want*(requests+1) {
		t.Errorf("%d traces and %d spans, want %d and %d", len(traces), len(spans), want, want*(requests+1))
	}
	if traces[TraceID{}] || spans[SpanID{}] {
		t.Error("an id is all zero")
	}
}

// traceparent is the format of W3C Trace Context, 3.2.
var traceparent = regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-01$`)

// FuzzTraceparent: each value has the format of the header, and neither id is all zero.
func FuzzTraceparent(f *testing.F) {
	f.Add("20260102-150405", "heavy", uint64(1), int64(0), 1)
	f.Add("", "", uint64(0), int64(-1), -1)
	f.Fuzz(func(t *testing.T, load, name string, seed uint64, index int64, number int) {
		trace := Stage{load, name, seed}.Trace(index)
		span := trace.Request(number)
		if trace == (TraceID{}) || span == (SpanID{}) {
			t.Errorf("an id is all zero: %x, %x", trace, span)
		}
		if got := Traceparent(trace, span); !traceparent.MatchString(got) {
			t.Errorf("%q is not in the format of the header", got)
		}
	})
}

func BenchmarkTraceparent(b *testing.B) {
	s := Stage{"20260102-150405", "heavy", 7}
	b.ReportAllocs()
	for i := range b.N {
		trace := s.Trace(int64(i))
		_ = Traceparent(trace, trace.Request(1))
	}
}

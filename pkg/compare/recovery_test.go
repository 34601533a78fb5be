package compare

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

const second = time.Second

var epoch = time.Unix(1_700_000_000, 0).UTC()

// pace is how many operations a second begin, until a time, and how they end.
type pace struct {
	until     time.Duration
	perSecond int
	outcome   purchase.Outcome
}

// paced is a stage of one pace after the other; operations end where they begin.
func paced(phases ...pace) runs.Stage {
	s := runs.Stage{Info: runs.Info{Started: epoch}}
	at := time.Duration(0)
	for _, p := range phases {
		for ; at < p.until; at += second / time.Duration(p.perSecond) {
			s.Operations = append(s.Operations, runs.Operation{StartTS: epoch.Add(at), EndTS: epoch.Add(at), Outcome: p.outcome})
		}
	}
	return s
}

func TestTimeToRecover(t *testing.T) {
	ok, lost := purchase.OK, purchase.Unknown
	for _, c := range []struct {
		name     string
		stage    runs.Stage
		from, to time.Duration
		verdict  string
		after    time.Duration
		detail   string // part of it
	}{
		{"at once", paced(pace{3 * second, 100, ok}, pace{5 * second, 100, lost}, pace{12 * second, 100, ok}), 3 * second, 5 * second, Recovered, 0, ""},
		{"late", paced(pace{3 * second, 100, ok}, pace{8 * second, 100, lost}, pace{12 * second, 100, ok}), 3 * second, 5 * second, Recovered, 3 * second, ""},
		{"never", paced(pace{3 * second, 100, ok}, pace{12 * second, 100, lost}), 3 * second, 5 * second, Never, 0, ""},
		{"not to 90 %", paced(pace{3 * second, 100, ok}, pace{5 * second, 100, lost}, pace{12 * second, 85, ok}), 3 * second, 5 * second, Never, 0, ""},
		{"to more than 90 %", paced(pace{3 * second, 100, ok}, pace{5 * second, 100, lost}, pace{12 * second, 95, ok}), 3 * second, 5 * second, Recovered, 0, ""},
		{"a flicker is no recovery", paced(pace{3 * second, 100, ok}, pace{6 * second, 100, lost}, pace{6500 * time.Millisecond, 100, ok}, pace{8 * second, 100, lost}, pace{12 * second, 100, ok}),
			3 * second, 5 * second, Recovered, 3200 * time.Millisecond, ""}, // intervals are wider than those of 0.2 s: 0.3 s
		{"a fault that did nothing", paced(pace{12 * second, 100, ok}), 3 * second, 5 * second, Recovered, 0, ""},
		{"a moment", paced(pace{3 * second, 100, ok}, pace{4 * second, 100, lost}, pace{12 * second, 100, ok}), 3 * second, 3 * second, Recovered, second, ""},
		{"slow service, wide intervals", paced(pace{30 * second, 2, ok}, pace{50 * second, 2, lost}, pace{120 * second, 2, ok}), 30 * second, 50 * second, Recovered, 0, ""},
		{"fault from the start", paced(pace{12 * second, 100, ok}), 0, 5 * second, Unclear, 0, "0 purchases were confirmed before"},
		{"little before it", paced(pace{12 * second, 100, ok}), 290 * time.Millisecond, 5 * second, Unclear, 0, "29 purchases were confirmed before"},
		{"little after it", paced(pace{12 * second, 100, ok}), 3 * second, 11500 * time.Millisecond, Unclear, 0, "let the load go on for longer"},
		{"stage ends before it", paced(pace{4 * second, 100, ok}), 3 * second, 5 * second, Unclear, 0, "begun for 0s after the fault"},
		{"backwards", paced(pace{12 * second, 100, ok}), 5 * second, 3 * second, Unclear, 0, "before it begins"},
		{"negative", paced(pace{12 * second, 100, ok}), -5 * second, -3 * second, Unclear, 0, "0 purchases"},
		{"as long as can be", paced(pace{12 * second, 100, ok}), math.MinInt64, math.MaxInt64, Unclear, 0, "0 purchases"},
		{"no operations", runs.Stage{}, second, 2 * second, Unclear, 0, "0 purchases"},
		{"no times", runs.Stage{Operations: make([]runs.Operation, 100)}, second, 2 * second, Unclear, 0, "0 purchases"},
	} {
		got := TimeToRecover(c.stage, c.from, c.to)
		if got.Verdict != c.verdict || (got.After-c.after).Abs() > got.Width || !strings.Contains(got.Detail, c.detail) || (got.Detail == "") != (c.detail == "") {
			t.Errorf("TimeToRecover, %s: %+v, want %s after %v, give or take %v, detail %q", c.name, got, c.verdict, c.after, got.Width, c.detail)
		}
		if (got.Verdict == Unclear) != strings.Contains(got.String(), "unclear: ") || (got.Verdict == Never) != strings.Contains(got.String(), "never: ") {
			t.Errorf("TimeToRecover, %s: says %q, want its verdict %s", c.name, got, got.Verdict)
		}
	}
}

func TestWorkThatRunsOutIsNoFault(t *testing.T) {
	s := paced(pace{3 * second, 100, purchase.OK}, pace{5 * second, 100, purchase.Unknown}, pace{6 * second, 100, purchase.OK})
	straggler := s.Operations[len(s.Operations)-1]
	straggler.EndTS = straggler.EndTS.Add(60 * second)
	s.Operations = append(s.Operations, straggler)
	if got := TimeToRecover(s, 3*second, 5*second); got.Verdict != Unclear {
		t.Errorf("TimeToRecover of a stage whose operations begin until 6 s = %v, want unclear: the minute after it had no load", got)
	}
}

func TestInterval(t *testing.T) {
	lasting := func(d time.Duration) runs.Stage {
		return runs.Stage{Info: runs.Info{Started: epoch}, Operations: []runs.Operation{{EndTS: epoch.Add(d)}}}
	}
	for _, c := range []struct {
		walls []time.Duration
		want  time.Duration
	}{
		{nil, 50 * time.Millisecond},
		{[]time.Duration{0}, 50 * time.Millisecond},
		{[]time.Duration{3 * second}, 50 * time.Millisecond},
		{[]time.Duration{3001 * time.Millisecond}, 100 * time.Millisecond},
		{[]time.Duration{10 * second, 60 * second, second}, second},
		{[]time.Duration{time.Hour}, 100 * second},
		{[]time.Duration{-time.Hour}, 50 * time.Millisecond},
	} {
		var stages []runs.Stage
		for _, w := range c.walls {
			stages = append(stages, lasting(w))
		}
		if got := BinWidth(stages...); got != c.want {
			t.Errorf("Interval of stages that take %v = %v, want %v", c.walls, got, c.want)
		}
	}
	if got := BinWidth(lasting(math.MaxInt64)); got < math.MaxInt64/intervals {
		t.Errorf("Interval of the longest stage there can be = %v, want a sixtieth of it at least", got)
	}
}

func TestEverythingIsInABin(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		s := runs.Stage{Info: runs.Info{Started: epoch}}
		span := int64(1) + random.Int64N(int64(30*second))
		confirmed, begun := 0, 0
		for range random.IntN(200) {
			at := epoch.Add(time.Duration(random.Int64N(span)))
			o := runs.Operation{StartTS: at, EndTS: at, Outcome: []purchase.Outcome{purchase.OK, purchase.Failed, purchase.Unknown}[random.IntN(3)]}
			a := runs.Attempt{StartTS: at.Add(-time.Duration(random.IntN(3))), Number: 1 + random.Int64N(3)}
			s.Operations, s.Attempts = append(s.Operations, o), append(s.Attempts, a)
			if o.Outcome == purchase.OK {
				confirmed++
			}
			if a.Number == 1 {
				begun++
			}
		}
		width := time.Duration(random.Int64N(int64(3*second))) - second // negative ones, too
		checkBins(t, Bins(s, width), width, Bin{Attempts: len(s.Attempts), Begun: begun, Confirmed: confirmed})
	}
}

// checkBins: they follow one another, are of one width but for the last, and
// nothing is lost.
func checkBins(t *testing.T, bins []Bin, width time.Duration, want Bin) {
	t.Helper()
	var sum Bin
	for i, b := range bins {
		if b.From != sum.To || b.To <= b.From {
			t.Fatalf("Bins(s, %v): bin %d is from %v to %v behind one that ends at %v", width, i, b.From, b.To, sum.To)
		}
		first, last := bins[0].To-bins[0].From, b.To-b.From
		if i < len(bins)-1 && last != first || len(bins) > 1 && (2*last < first-1 || 2*last > 3*first+1) {
			t.Fatalf("Bins(s, %v): bin %d of %d is %v wide, the first %v", width, i, len(bins), last, first)
		}
		sum = Bin{To: b.To, Attempts: sum.Attempts + b.Attempts, Begun: sum.Begun + b.Begun, Confirmed: sum.Confirmed + b.Confirmed}
	}
	sum.To = 0
	if len(bins) > 0 && sum != want || len(bins) > mostBins {
		t.Fatalf("Bins(s, %v) add up to %+v in %d bins, want %+v", width, sum, len(bins), want)
	}
}

func TestBinsOfHostileStages(t *testing.T) {
	for _, c := range []struct {
		name  string
		times []time.Time
		width time.Duration
		bins  int // at most
	}{
		{"none", nil, 0, 0},
		{"no time", []time.Time{{}, {}}, 0, 0},
		{"one moment", []time.Time{epoch, epoch}, 0, 0},
		{"before the start", []time.Time{epoch.Add(-second), epoch.Add(second)}, 0, 60},
		{"far away", []time.Time{epoch, time.Unix(1<<40, 0), time.Unix(-1<<40, 0)}, 1, mostBins},
		{"a nanosecond", []time.Time{epoch.Add(1)}, 1, 1},
	} {
		s := runs.Stage{Info: runs.Info{Started: epoch}}
		for _, at := range c.times {
			s.Operations = append(s.Operations, runs.Operation{StartTS: at, EndTS: at, Outcome: purchase.OK})
			s.Attempts = append(s.Attempts, runs.Attempt{StartTS: at})
		}
		if got := len(Bins(s, c.width)); got > c.bins {
			t.Errorf("Bins of a stage with times %s: %d bins, want %d at most", c.name, got, c.bins)
		}
	}
}

package figure

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// hostile is malformed stages, which have to be drawn without a panic.
func hostile() map[string][]runs.Stage {
	latencies := func(name string, values ...float64) runs.Stage {
		s := runs.Stage{Info: runs.Info{Stage: name}}
		for i, v := range values {
			s.Operations = append(s.Operations, runs.Operation{Stage: name, LatencyMS: v, Attempts: int64(i), Success: i%2 == 0})
		}
		return s
	}
	nan, inf := math.NaN(), math.Inf(1)
	many := make([]runs.Stage, 40)
	for i := range many {
		many[i] = latencies(fmt.Sprintf("stage-%d-with-a-name", i), 1, 2, 3)
	}
	return map[string][]runs.Stage{
		"nil":            nil,
		"no operations":  {latencies("light"), latencies("medium")},
		"one operation":  {latencies("light", 5)},
		"equal":          {latencies("light", 5, 5, 5)},
		"zero":           {latencies("light", 0, 0, 0)},
		"zero and more":  {latencies("light", 0, 1, 2000)},
		"no number":      {latencies("light", nan, nan), latencies("heavy", inf, -inf)},
		"some no number": {latencies("light", nan, 5, inf, 7, -inf)},
		"negative":       {latencies("light", -5, 5, -1e300)},
		"extreme":        {latencies("light", math.MaxFloat64, math.SmallestNonzeroFloat64, 1)},
		"large":          {latencies("light", 1e300, 2e300)},
		"names":          {latencies("", 1), latencies("重い", 2), latencies("a\nb\tc\x00", 3), latencies("\xff\xfe", 4), latencies("light", 1), latencies("light", 2)},
		"attempts":       {{Operations: []runs.Operation{{Attempts: -3}, {Attempts: math.MaxInt64}, {Attempts: 0}, {Outcome: "?"}}}},
		"forty stages":   many,
		"no times":       {{Attempts: []runs.Attempt{{}, {Number: 1}}, Operations: []runs.Operation{{}}}},
		"times":          {times("light", began, time.Time{}, began.Add(math.MaxInt64), began.Add(math.MinInt64)), times("heavy", began, time.Unix(1<<40, 0))},
		"a moment":       {times("light", began, began)},
		"no operation":   {{Info: runs.Info{Started: began}, Attempts: times("", began).Attempts}, latencies("light", 1)},
		"orphans":        {{Operations: []runs.Operation{{Index: 1, Attempts: 2}}, Attempts: []runs.Attempt{{Index: 2, StartTS: began}, {Index: -1}}}},
		"many attempts":  {{Operations: []runs.Operation{{}}, Attempts: slices.Repeat([]runs.Attempt{{StartTS: began, LatencyMS: nan, Class: "重い"}, {StartTS: began, LatencyMS: inf}}, 500)}},
	}
}

// times is a stage of operations and attempts that begin and end at given times.
func times(name string, at ...time.Time) runs.Stage {
	s := runs.Stage{Info: runs.Info{Stage: name, Started: began}}
	for i, t := range at {
		s.Operations = append(s.Operations, runs.Operation{Index: int64(i), Outcome: purchase.OK, StartTS: t, EndTS: t})
		s.Attempts = append(s.Attempts, runs.Attempt{Index: int64(i), Number: int64(i % 2), StartTS: t, LatencyMS: 1e300, Key: "\xff\xfe\n\x00重い"})
	}
	return s
}

func TestHostileInputIsDrawn(t *testing.T) {
	for set, stages := range hostile() {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			for name, draw := range figures {
				p, err := draw(stages)
				var none Nothing
				switch {
				case err == nil:
					checkPainted(t, name+" of "+set, p)
				case !errors.As(err, &none) || p != nil || none.Title == "" || none.Why == "":
					t.Errorf("%s of %s: %v, want a figure, or what there is not", name, set, err)
				}
			}
		})
	}
}

// checkPainted: a figure can be drawn, and there is something on it.
func checkPainted(t *testing.T, name string, p *plot.Plot) {
	t.Helper()
	c, err := paint(p, Width, Height, 20) // few pixels: under -race each costs
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	got := c.Image().(*image.RGBA)
	if got.Rect != image.Rect(0, 0, 160, 80) || bytes.Equal(got.Pix, bytes.Repeat([]byte{0xff}, len(got.Pix))) {
		t.Errorf("%s has the bounds %v, want 160 × 80, or is blank", name, got.Rect)
	}
}

func TestPNGRefusesImpossibleSizes(t *testing.T) {
	p := newPlot("title", "", "")
	for _, c := range []struct {
		p             *plot.Plot
		width, height float64
		dpi           int
	}{
		{nil, 8, 4, 96}, {p, 0, 4, 96}, {p, 8, -4, 96}, {p, 8, 4, 0}, {p, 8, 4, -1}, {p, math.NaN(), 4, 96},
		{p, 8, math.Inf(1), 96}, {p, 8, 4, math.MaxInt}, {p, 1000, 1000, 96}, {p, .01, .01, 10},
	} {
		if _, err := PNG(c.p, c.width, c.height, c.dpi); err == nil {
			t.Errorf("PNG(%p, %v, %v, %d) = no error, want one", c.p, c.width, c.height, c.dpi)
		}
	}
	b, err := PNG(p, 8, 4, 40)
	if err != nil {
		t.Fatalf("PNG(p, 8, 4, 40) = %v, want an image", err)
	}
	if got, err := png.DecodeConfig(bytes.NewReader(b)); err != nil || got.Width != 320 || got.Height != 160 {
		t.Errorf("PNG(p, 8, 4, 40) is %d × %d, error %v; want 320 × 160", got.Width, got.Height, err)
	}
}

func TestStageColors(t *testing.T) {
	list := func(names string) (stages []runs.Stage) {
		for _, n := range strings.Fields(names) {
			stages = append(stages, runs.Stage{Info: runs.Info{Stage: n}})
		}
		return stages
	}
	for _, names := range []string{
		"light medium heavy", "heavy light", "a b c d e f g h", "a b c light d e f medium", "h g f e d c b heavy", "a b c d e f g h light", "a b c d e f g h i j k light",
	} {
		stages := list(names)
		colors := stageColors(stages)
		for i := range min(len(stages), len(palette)) {
			if at := slices.Index(colors, colors[i]); at != i {
				t.Errorf("stageColors(%s): %s and %s share a colour", names, stages[at].Stage, stages[i].Stage)
			}
		}
		for i, s := range stages {
			if known := slices.Index(wellKnown, s.Stage); known >= 0 && colors[i] != palette[known] {
				t.Errorf("stageColors(%s): %s is %v, want always %v", names, s.Stage, colors[i], palette[known])
			}
		}
	}
}

func TestThinningKeepsThePeaks(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 150 {
		points := make([]point, 1+random.IntN(5000))
		for i := range points {
			points[i] = point{index: i, latency: random.ExpFloat64(), failed: random.IntN(300) == 0}
		}
		limit := 2 + random.IntN(1200)
		got := thin(points, limit)
		byLatency := func(a, b point) int { return int(math.Copysign(1, a.latency-b.latency)) }
		if len(got) > limit && len(got) > len(points) {
			t.Fatalf("thin(%d points, %d) kept %d", len(points), limit, len(got))
		}
		for name, want := range map[string]point{"highest": slices.MaxFunc(points, byLatency), "lowest": slices.MinFunc(points, byLatency)} {
			if !slices.Contains(got, want) {
				t.Fatalf("thin(%d points, %d) lost the %s, %+v", len(points), limit, name, want)
			}
		}
		if !slices.IsSortedFunc(got, func(a, b point) int { return a.index - b.index }) {
			t.Fatalf("thin(%d points, %d) is out of order", len(points), limit)
		}
		checkMarks(t, points, limit)
	}
}

// checkMarks: no failure is marked that was none, and none of those that matter
// is left out: the highest of all and, in an unthinned series, any.
func checkMarks(t *testing.T, points []point, limit int) {
	t.Helper()
	marks := failuresToMark(points, limit)
	var failed []point
	for _, p := range points {
		if p.failed {
			failed = append(failed, p)
		}
	}
	if len(points) <= limit && !slices.Equal(marks, failed) {
		t.Fatalf("marked(%d points, %d) = %d of %d failures, want all", len(points), limit, len(marks), len(failed))
	}
	if len(failed) == 0 {
		return
	}
	worst := slices.MaxFunc(failed, func(a, b point) int { return int(math.Copysign(1, a.latency-b.latency)) })
	if !slices.Contains(marks, worst) {
		t.Fatalf("marked(%d points, %d) lost the highest failure", len(points), limit)
	}
	for _, m := range marks {
		if !m.failed {
			t.Fatalf("marked(%d points, %d) marks %+v", len(points), limit, m)
		}
	}
}

func TestLatencySeriesRefusesTooFewPoints(t *testing.T) {
	for _, n := range []int{1, -1, math.MinInt} {
		if _, err := LatencySeries(faulty(), n); err == nil {
			t.Errorf("LatencySeries(…, %d) = no error, want one", n)
		}
	}
	if _, err := LatencySeries(faulty(), 2); err != nil {
		t.Errorf("LatencySeries(…, 2) = %v, want a figure", err)
	}
}

func TestSeriesIsInTheOrderOfStarts(t *testing.T) {
	at := func(ms int, latency float64) runs.Operation {
		return runs.Operation{StartTS: began.Add(time.Duration(ms) * time.Millisecond), LatencyMS: latency, Success: true}
	}
	s := runs.Stage{Operations: []runs.Operation{at(30, 1), at(10, 2), at(20, math.NaN()), at(10, 3), at(0, 4)}}
	for i := range s.Operations {
		s.Operations[i].Index = int64(i)
	}
	got := byStart(s)
	want := []point{{index: 0, latency: 4}, {index: 1, latency: 2}, {index: 2, latency: 3}, {index: 4, latency: 1}}
	for i := range got {
		got[i].start = 0
	}
	if !slices.Equal(got, want) {
		t.Errorf("byStart = %+v, want %+v", got, want)
	}
}

func TestEveryOperationIsInTheHistogram(t *testing.T) {
	for set, stages := range map[string][]runs.Stage{"calm": calm(), "faulty": faulty()} {
		axis := newLatencyAxis(stages)
		if wantLog := set == "faulty"; axis.log != wantLog {
			t.Errorf("latencyAxis(%s).log = %v, want %v", set, axis.log, wantLog)
		}
		for _, s := range stages {
			sum := 0.
			for _, h := range shares(s, axis) {
				sum += h
			}
			if math.Abs(sum-100) > 1e-9 {
				t.Errorf("the shares of %s, %s add up to %v %%, want 100", set, s.Stage, sum)
			}
			for _, o := range s.Operations {
				i := axis.bin(o.LatencyMS, histogramBins)
				low, high := axis.edge(i, histogramBins), axis.edge(i+1, histogramBins)
				if v := axis.at(o.LatencyMS); v < low-1e-9 || v > high+1e-9 {
					t.Fatalf("%v ms is put into the bin from %v to %v", v, low, high)
				}
			}
		}
	}
}

func TestReasonsBeyondTheNinthShareABar(t *testing.T) {
	for _, n := range []int{0, 1, 9, 10, 11, 30} {
		s := runs.Stage{Info: runs.Info{Stage: "light"}}
		for i := range n {
			s.Operations = append(s.Operations, runs.Operation{Reason: fmt.Sprintf("reason_%02d", i)})
		}
		for _, stages := range [][]runs.Stage{{s}, {s, s}, {s, s, s, s, s, s, s, s}} {
			got := countReasons(stages)
			total, bars := 0, 0
			for _, r := range got {
				total, bars = total+r.total, bars+r.bars()
				if r.byStage[0]*len(stages) != r.total {
					t.Errorf("%d reasons: %+v does not add up", n, r)
				}
			}
			if total != n*len(stages) || len(got) > maxReasons+1 || bars > max(maxFailureBars, 2*len(stages)+maxReasons) {
				t.Errorf("countReasons of %d reasons in %d stages = %d reasons, %d bars, %d failures; want %d failures", n, len(stages), len(got), bars, total, n*len(stages))
			}
			if len(stages) == 1 && len(got) != min(n, maxReasons+1) {
				t.Errorf("%d reasons of one stage have %d bars, want %d", n, len(got), min(n, maxReasons+1))
			}
		}
	}
}

// The share of a stage counts, and not how many requests it has.
func TestReasonsAreInTheOrderOfShares(t *testing.T) {
	s := func(name string, n int, reasons map[string]int) runs.Stage {
		s := runs.Stage{Info: runs.Info{Stage: name}, Operations: make([]runs.Operation, n)}
		i := 0
		for i < n {
			s.Operations[i].Success = true
			i++
		}
		i = 0
		for _, r := range slices.Sorted(maps.Keys(reasons)) {
			for range reasons[r] {
				s.Operations[i].Success, s.Operations[i].Reason = false, r
				i++
			}
		}
		return s
	}
	got := countReasons([]runs.Stage{s("light", 50, map[string]int{"eof": 5, "refused": 1}), s("heavy", 1000, map[string]int{"timeout": 40, "eof": 1})})
	var names []string
	for _, r := range got {
		names = append(names, r.name)
	}
	if want := []string{"eof", "timeout", "refused"}; !slices.Equal(names, want) {
		t.Errorf("the reasons are %q, want %q: 5 of 50 are more than 40 of 1000", names, want)
	}
}

func TestNothingIsSaidInWords(t *testing.T) {
	for want, stages := range map[string][]runs.Stage{
		"Failures by reason: no stages recorded yet: run a stage cell": nil,
		"Failures by reason: no request of these stages has ended yet": {{}},
		"Failures by reason: no failures in 1,250 requests":            calm(),
	} {
		if _, err := FailuresByReason(stages); err == nil || err.Error() != want {
			t.Errorf("FailuresByReason = %v, want %q", err, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		v        float64
		decimals int
		want     string
	}{
		{0, 0, "0"}, {999, 0, "999"}, {1000, 0, "1,000"}, {1234567, 0, "1,234,567"}, {-1234.5, 1, "-1,234.5"},
		{.25, 2, "0.25"}, {100000, 0, "100,000"}, {1e300, 0, "1e+300"}, {1e-7, 7, "1e-07"},
	} {
		if got := formatNumber(c.v, c.decimals); got != c.want {
			t.Errorf("number(%v, %d) = %q, want %q", c.v, c.decimals, got, c.want)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		name      string
		ticks     plot.TickerFunc
		low, high float64
		want      string
	}{
		{"counts", evenTicks(true), 0, 1100, "0 200 400 600 800 1,000"},
		{"few counts", evenTicks(true), 0, 2.3, "0 1 2"},
		{"shares", evenTicks(false), 0, 2.3, "0.0 0.5 1.0 1.5 2.0"},
		{"logarithms", powerTicks, math.Log10(2), math.Log10(900), "2 5 10 20 50 100 200 500"},
		{"many decades", powerTicks, -2, 4, "0.01 0.1 1 10 100 1,000 10,000"},
		{"an empty range", evenTicks(false), 1, 1, ""},
	} {
		var labels []string
		for _, tick := range c.ticks(c.low, c.high) {
			if !tick.IsMinor() {
				labels = append(labels, tick.Label)
			}
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("%s from %v to %v: ticks %q, want %q", c.name, c.low, c.high, got, c.want)
		}
	}
}

func TestShown(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"light", "light"}, {"", "(no name)"}, {"a\nb\tc\x00", `a b c\x00`}, {"重い", `\u91cd\u3044`}, {"\xff", `\ufffd`}, {"größer", "größer"},
		{"exactly-twenty-runes", "exactly-twenty-runes"}, {"one-more-than-twenty!", "one-more-than-twent…"},
	} {
		if got := oneLine(c.name, maxNameLetters); got != c.want {
			t.Errorf("shown(%q) = %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNamesFitTheirRoom(t *testing.T) {
	style := textStyle(9)
	for _, name := range []string{"", "light", "checkout-during-sale", "no_separator_so_broken_up", "WWWWWWWWWWWWWWWWWWWWWWWW", "重い", "\xff\xfe"} {
		for _, room := range []float64{200, 60, 20, 5, 0} {
			got := wrapName(name, vg.Length(room), style)
			if lines := strings.Split(got, "\n"); len(lines) > 2 || len(lines) == 2 && style.Width(lines[1]) > vg.Length(room) {
				t.Errorf("fit(%q, %v) = %q, which is wider or has more than two lines", name, room, got)
			}
			if n := len([]rune(oneLine(name, maxNameLetters))); n > maxNameLetters {
				t.Errorf("shown(%q) has %d letters", name, n)
			}
		}
	}
}

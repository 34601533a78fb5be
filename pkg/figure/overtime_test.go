package figure

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"sagalab/pkg/compare"
	"sagalab/pkg/runs"
)

func TestSpansThatAreRefused(t *testing.T) {
	span := func(from, to time.Duration) []Span { return []Span{{From: from, To: to, Label: "f"}} }
	for _, c := range []struct {
		name  string
		spans []Span
		want  bool // an error
	}{
		{"none", nil, false},
		{"a moment", span(5, 5), false},
		{"before the start", span(-5, -1), false},
		{"as long as can be", span(math.MinInt64, math.MaxInt64), false},
		{"backwards", span(2, 1), true},
		{"a hundred", slices.Repeat(span(1, 2), 100), false},
		{"a hundred and one", slices.Repeat(span(1, 2), 101), true},
	} {
		for name, draw := range map[string]func([]runs.Stage, []Span) (*plot.Plot, error){"Goodput": Goodput, "Amplification": Amplification} {
			p, err := draw(mixed(), c.spans)
			if (err != nil) != c.want {
				t.Errorf("%s with spans %s = error %v, want one: %v", name, c.name, err, c.want)
			}
			if err == nil {
				checkPainted(t, name+" with spans "+c.name, p)
			}
		}
	}
}

func TestLabelsOfSpansDoNotTouch(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		var spans []Span
		for range random.IntN(20) {
			from := time.Duration(random.Int64N(int64(12*time.Second))) - time.Second
			spans = append(spans, Span{from, from + time.Duration(random.ExpFloat64()*1e9), "label of a fault"[:random.IntN(16)]})
		}
		s := newShades(spans, 10)
		var ends [labelRows]vg.Length
		for i, span := range s.spans {
			if s.rows[i] < 0 {
				continue
			}
			x := func(d time.Duration) vg.Length { return vg.Length(d.Seconds()/10) * dataWidth }
			width := s.style.Width(s.labels[i])
			at := place(x(span.From), x(span.To), width, 0, dataWidth)
			if at < ends[s.rows[i]] || at < 0 || at+width > dataWidth+1e-9 {
				t.Fatalf("newShades(%v): label %q stands from %v to %v in row %d, which is taken up to %v", spans, s.labels[i], at, at+width, s.rows[i], ends[s.rows[i]])
			}
			ends[s.rows[i]] = at + width
		}
	}
}

func TestAmplification(t *testing.T) {
	// bins of a second with so many attempts, and so many of them first ones
	bins := func(counts ...[2]int) (list []compare.Bin) {
		for i, n := range counts {
			list = append(list, compare.Bin{From: time.Duration(i) * time.Second, To: time.Duration(i+1) * time.Second, Attempts: n[0], Begun: n[1]})
		}
		return list
	}
	for _, c := range []struct {
		name string
		bins []compare.Bin
		want []step
	}{
		{"no bins", nil, nil},
		{"nothing happens", bins([2]int{}, [2]int{}), nil},
		{"no retries", bins([2]int{10, 10}, [2]int{20, 20}), []step{{0, 1, 1}, {1, 2, 1}}},
		{"retries alone are joined with the next", bins([2]int{10, 10}, [2]int{20, 0}, [2]int{20, 10}), []step{{0, 1, 1}, {1, 3, 4}}},
		{"few are joined", bins([2]int{4, 4}, [2]int{8, 8}), []step{{0, 2, 1}}},
		{"retries at the end", bins([2]int{10, 10}, [2]int{20, 0}), []step{{0, 2, 3}}},
		{"few in all", bins([2]int{4, 2}), []step{{0, 1, 2}}},
		{"retries of nothing", bins([2]int{4, 0}), nil},
		{"a quiet time is a gap", bins([2]int{10, 10}, [2]int{}, [2]int{10, 10}, [2]int{}), []step{{0, 1, 1}, {2, 3, 1}}},
	} {
		if got := amplification(c.bins); !reflect.DeepEqual(got, c.want) {
			t.Errorf("amplification, %s: %v, want %v", c.name, got, c.want)
		}
	}
}

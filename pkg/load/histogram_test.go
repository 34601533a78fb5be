package load

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestHistogramQuantilesAreWithinTheStatedError(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 3))
	if HistogramError > .01 {
		t.Errorf("HistogramError is %v, want at most 1 %%", HistogramError)
	}
	for range 200 {
		var h Histogram
		values := make([]float64, 1+r.IntN(2000))
		low, octaves := r.Float64()*10, r.Float64()*22 // from 1 µs or so to 1 h or so
		for i := range values {
			d := time.Duration(min(1000*math.Exp2(low+r.Float64()*octaves), float64(time.Hour)))
			h.Record(d)
			values[i] = float64(d)
		}
		values = Sorted(values)
		for _, q := range []float64{0, .01, .5, .9, .95, .99, .999, 1, r.Float64()} {
			got, want := float64(h.Quantile(q)), Quantile(values, q)
			if math.Abs(got-want) > want*HistogramError {
				t.Errorf("Quantile(%v) of %d = %v, want %v within %v of it", q, len(values), got, want, HistogramError)
			}
		}
		if got, want := float64(h.Max()), values[len(values)-1]; got != want || h.Count() != len(values) {
			t.Errorf("Max = %v, Count = %d; want %v, %d", got, h.Count(), want, len(values))
		}
		sum := 0.0
		for _, v := range values {
			sum += v
		}
		if got, want := float64(h.Mean()), sum/float64(len(values)); math.Abs(got-want) > 1 {
			t.Errorf("Mean = %v, want %v", got, want)
		}
	}
}

func TestHistogramAtItsEnds(t *testing.T) {
	var h Histogram
	if h.Quantile(.5) != 0 || h.Max() != 0 || h.Mean() != 0 || h.Count() != 0 {
		t.Errorf("the empty histogram: %v, %v, %v, %d; want zeros", h.Quantile(.5), h.Max(), h.Mean(), h.Count())
	}
	h.Record(-time.Second)
	if h.Max() != 0 || h.Count() != 1 || h.Quantile(1) != 0 {
		t.Errorf("after −1s: max %v, count %d, want 0 and 1", h.Max(), h.Count())
	}
	h.Record(math.MaxInt64)
	if h.Max() != math.MaxInt64 || h.Quantile(1) != math.MaxInt64 {
		t.Errorf("after the longest: max %v, want it", h.Max())
	}
	for bucket := range buckets {
		low, width := bucketRange(bucket)
		if bucketOf(low) != bucket || bucketOf(low+width-1) != bucket {
			t.Fatalf("bucket %d is from %d for %d, but those are in %d and %d", bucket, low, width, bucketOf(low), bucketOf(low+width-1))
		}
	}
	if h.Reset(); h != (Histogram{}) {
		t.Error("Reset leaves something")
	}
}

// randomHistogram holds n durations of all sizes.
func randomHistogram(r *rand.Rand, n int) *Histogram {
	var h Histogram
	for range n {
		h.Record(time.Duration(math.Exp2(r.Float64() * 45)))
	}
	return &h
}

func TestHistogramsMerge(t *testing.T) {
	one, two, both := rand.New(rand.NewPCG(1, 1)), rand.New(rand.NewPCG(1, 1)), Histogram{}
	whole := randomHistogram(one, 5000)
	for _, n := range []int{0, 1, 1999, 3000} {
		both.Merge(randomHistogram(two, n))
	}
	if both.counts != whole.counts || both.max != whole.max || both.count != whole.count || math.Abs(both.sum/whole.sum-1) > 1e-12 {
		t.Errorf("merged: %d, max %v, mean %v; want %d, %v, %v", both.Count(), both.Max(), both.Mean(), whole.Count(), whole.Max(), whole.Mean())
	}
}

func TestHistogramSurvivesItsEncoding(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, n := range []int{0, 1, 2, 100, 100_000} {
		h, got := randomHistogram(r, n), Histogram{}
		b, err := h.MarshalBinary()
		if err != nil || got.UnmarshalBinary(b) != nil || got != *h {
			t.Errorf("%d durations do not survive their %d bytes (%v)", n, len(b), err)
		}
		for _, broken := range [][]byte{b[:len(b)-1], append(slices.Clone(b), 0), append([]byte{9}, b[1:]...), nil} {
			before := got
			if err := got.UnmarshalBinary(broken); !errors.Is(err, errHistogram) || got != before {
				t.Errorf("%d of %d bytes: %v, want it refused and nothing changed", len(broken), len(b), err)
			}
		}
	}
}

func FuzzHistogramDecoding(f *testing.F) {
	r := rand.New(rand.NewPCG(6, 6))
	for _, n := range []int{0, 1, 3, 50} {
		b, _ := randomHistogram(r, n).MarshalBinary()
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var h, again Histogram
		if err := h.UnmarshalBinary(b); err != nil {
			if h != (Histogram{}) {
				t.Errorf("refused (%v), but changed", err)
			}
			return
		}
		if h.Mean() < 0 || h.Mean() > h.Max()+1+h.Max()>>16 || h.Quantile(.5) > h.Max() || h.Count() < 0 {
			t.Errorf("it decodes as mean %v, median %v, max %v of %d", h.Mean(), h.Quantile(.5), h.Max(), h.Count())
		}
		encoded, _ := h.MarshalBinary()
		if err := again.UnmarshalBinary(encoded); err != nil || again != h {
			t.Errorf("what was decoded does not survive its encoding: %v", err)
		}
	})
}

func BenchmarkHistogramRecord(b *testing.B) {
	b.ReportAllocs()
	var h Histogram
	d := time.Duration(1)
	for b.Loop() {
		h.Record(d)
		d = (d*1664525 + 1013904223) & (1<<36 - 1)
	}
}

package compare

import (
	"encoding/json"
	"math"
	"testing"
)

func near(got, want Estimate, tolerance float64) bool {
	ok := func(a, b float64) bool { return a == b || math.Abs(a-b) <= tolerance || math.IsNaN(a) && math.IsNaN(b) }
	return ok(got.Value, want.Value) && ok(got.Low, want.Low) && ok(got.High, want.High)
}

func TestStudent(t *testing.T) {
	for _, tt := range []struct {
		confidence float64
		degrees    int
		want       float64
	}{{.95, 1, 12.7062}, {.95, 2, 4.3027}, {.95, 5, 2.5706}, {.95, 9, 2.2622}, {.95, 29, 2.0452}, {.99, 9, 3.2498}, {.99, 29, 2.7564}, {.9, 29, 1.6991}, {.95, 1e6, 1.95996}} {
		if got := student(tt.confidence, tt.degrees); math.Abs(got-tt.want) > 2e-3 {
			t.Errorf("student(%v, %d) = %.4f, want %.4f", tt.confidence, tt.degrees, got, tt.want)
		}
	}
	if got := student(.95, 0); !math.IsInf(got, 1) {
		t.Errorf("student(.95, 0) = %v, want no bound", got)
	}
}

// The examples of Newcombe's two papers of 1998, method 3 and method 10.
func TestSharesAsInTheLiterature(t *testing.T) {
	const z = 1.959964
	for _, tt := range []struct{ k, n, low, high float64 }{{81, 263, .2553, .3662}, {15, 148, .0624, .1605}, {0, 20, 0, .1611}, {1, 29, .0061, .1718}} {
		if got, want := wilson(tt.k/tt.n, tt.n, z), (Estimate{tt.k / tt.n, tt.low, tt.high}); !near(got, want, 6e-5) {
			t.Errorf("wilson(%v/%v) = %.4f, want %.4f", tt.k, tt.n, got, want)
		}
	}
	for _, tt := range []struct{ k, n, l, m, low, high float64 }{
		{56, 70, 48, 80, .0524, .3339}, {9, 10, 3, 10, .1705, .8090}, {6, 7, 2, 7, .0582, .8062}, {5, 56, 0, 29, -.0381, .1926},
		{0, 10, 0, 20, -.1611, .2775}, {0, 10, 0, 10, -.2775, .2775}, {10, 10, 0, 20, .6791, 1}, {10, 10, 0, 10, .6075, 1},
	} {
		got := wilson(tt.k/tt.n, tt.n, z).minus(wilson(tt.l/tt.m, tt.m, z))
		if want := (Estimate{tt.k/tt.n - tt.l/tt.m, tt.low, tt.high}); !near(got, want, 6e-5) {
			t.Errorf("%v/%v − %v/%v = %.4f, want %.4f", tt.k, tt.n, tt.l, tt.m, got, want)
		}
	}
}

// Garwood's exact limits for ten events are 4.8 and 18.4, for none 0 and 3.7.
func TestCounts(t *testing.T) {
	for events, want := range map[float64]Estimate{10: {10, 5.4, 18.4}, 0: {0, 0, 3.84}} {
		if got := counted(events, 1, 1, 1.96); !near(got, want, .05) {
			t.Errorf("counted(%v) = %.2f, want %.2f", events, got, want)
		}
	}
	if one, four := counted(10, 1, 1, 1.96), counted(10, 1, 4, 1.96); four.High-four.Low < 1.9*(one.High-one.Low) {
		t.Errorf("with four times the variance %.2f becomes %.2f, want it about twice as wide", one, four)
	}
}

func TestAgainst(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, tt := range []struct {
		name       string
		b, a, want Estimate
	}{
		{"half as much again", Estimate{150, 150, 150}, Estimate{100, 100, 100}, Estimate{.5, .5, .5}},
		{"the limits of one", Estimate{2, 1, 4}, Estimate{1, 1, 1}, Estimate{1, 0, 3}},
		{"gone", Estimate{0, 0, 1}, Estimate{10, 5, 20}, Estimate{-1, -1, -.8}},
		{"come", Estimate{10, 5, 20}, Estimate{0, 0, 1}, Estimate{inf, 4, inf}},
		{"never there", Estimate{0, 0, 1}, Estimate{0, 0, 1}, unknown},
		{"below", Estimate{1, -1, 2}, Estimate{1, 1, 1}, unknown},
		{"without limits", Estimate{2, nan, nan}, Estimate{1, nan, nan}, unknown},
		{"a lower limit of 0", Estimate{2, 0, 4}, Estimate{1, 1, 1}, Estimate{1, -1, 3}},
	} {
		if got := tt.b.against(tt.a); !near(got, tt.want, 1e-12) {
			t.Errorf("%s: %v against %v = %v, want %v", tt.name, tt.b, tt.a, got, tt.want)
		}
	}
}

func TestEstimateAsJSON(t *testing.T) {
	b, err := json.Marshal(Estimate{1.5, math.NaN(), math.Inf(1)})
	if want := `{"value":1.5,"low":null,"high":null}`; err != nil || string(b) != want {
		t.Errorf("JSON %s, %v; want %s", b, err, want)
	}
}

func TestBlocksFor(t *testing.T) {
	for _, tt := range []struct{ n, workers, want int }{
		{0, 5, 0}, {1, 5, 1}, {7, 1, 7}, {50, 50, 10}, {1000, 200, 10}, {1000, 50, 20}, {10_000, 50, 30}, {1_000_000, 1, 30}, {1000, 0, 30}, {20, 0, 20},
	} {
		if got := blocksFor(tt.n, tt.workers); got != tt.want {
			t.Errorf("blocksFor(%d, %d) = %d, want %d", tt.n, tt.workers, got, tt.want)
		}
	}
}

func TestSpread(t *testing.T) {
	alternating := spreadOf([]float64{0, 1, 0, 1, 0, 1, 0, 1, 0, 1})
	if want := .25 / 9; math.Abs(alternating.variance-want) > 1e-12 || alternating.lag >= 0 || alternating.dependent() {
		t.Errorf("spread of blocks that alternate = %+v, want the variance %v as it is", alternating, want)
	}
	rising := spreadOf([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	if plain := 8.25 / 9; rising.variance < 2*plain || rising.dependent() != (rising.lag > .737) {
		t.Errorf("spread of blocks that rise = %+v, want much more than the plain variance %v", rising, plain)
	}
	values := []float64{1, 2, 3, 4, 5, 6, 7}
	if got := blockwise(7, 3, func(i int) float64 { return values[i] }); got.mean != 4 || got.blocks != 3 {
		t.Errorf("blockwise = %+v, want the mean of all, 4, from 3 blocks", got)
	}
}

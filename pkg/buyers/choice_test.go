package buyers

import (
	"math"
	"slices"
	"strings"
	"testing"

	"sagalab/pkg/internal/keyed"
)

func choice(t *testing.T, text string) Choice {
	t.Helper()
	c, err := ParseChoice(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestChoicesFollowTheirDistribution within 4 standard deviations, always by the same draws.
func TestChoicesFollowTheirDistribution(t *testing.T) {
	const n = 20_000
	h := 0.0
	for k := range 20 {
		h += math.Pow(float64(k+1), -1.1)
	}
	for _, tt := range []struct {
		text string
		want map[int64]float64
	}{
		{"7", map[int64]float64{7: 1}},
		{"1..4", map[int64]float64{1: .25, 2: .25, 3: .25, 4: .25, 5: 0}},
		{"1,5,9", map[int64]float64{1: 1. / 3, 5: 1. / 3, 9: 1. / 3, 2: 0}},
		{"1:3,2:1", map[int64]float64{1: .75, 2: .25}},
		{"2:1,1:3", map[int64]float64{1: .75, 2: .25}},
		{"1..20:zipf(1.1)", map[int64]float64{1: 1 / h, 2: math.Pow(2, -1.1) / h, 20: math.Pow(20, -1.1) / h}},
		{"9,5:zipf(1)", map[int64]float64{9: 2. / 3, 5: 1. / 3}},
		{"3..5:in-order", map[int64]float64{3: 1. / 3, 4: 1. / 3, 5: 1. / 3}},
		{"1..9223372036854775807", map[int64]float64{1: 0}},
	} {
		c := choice(t, tt.text)
		for _, seed := range []uint64{0, 1, math.MaxUint64} {
			counts := map[int64]float64{}
			for i := range n {
				counts[c.at(seed, ofUser, i, 1)]++
			}
			for v, p := range tt.want {
				if bound := 4*math.Sqrt(n*p*(1-p)) + 1e-9; math.Abs(counts[v]-n*p) > bound+1 {
					t.Errorf("%s with seed %d takes %d in %v of %d draws, want %v ± %.0f", tt.text, seed, v, counts[v], n, n*p, bound)
				}
			}
		}
	}
}

func TestInOrderGoesRound(t *testing.T) {
	c := choice(t, "4,2,7:in-order")
	var got []int64
	for i := range 7 {
		got = append(got, c.at(1, ofUser, i, 1))
	}
	if want := []int64{4, 2, 7, 4, 2, 7, 4}; !slices.Equal(got, want) {
		t.Errorf("in order: %v, want %v", got, want)
	}
}

// TestDrawsOfOneChoiceAreIndependent of another choice of the same purchase: half of each
// agree.
func TestDrawsOfOneChoiceAreIndependent(t *testing.T) {
	const n = 20_000
	c, agree := Range(1, 2), 0.0
	for i := range n {
		if c.at(1, ofUser, i, 1) == c.at(1, ofProduct, i, 1) {
			agree++
		}
	}
	if math.Abs(agree-n/2) > 4*math.Sqrt(n)/2 {
		t.Errorf("user and product agree in %v of %d purchases, want half", agree, n)
	}
}

// TestChoiceText: what a constructor makes, String writes and ParseChoice reads.
func TestChoiceText(t *testing.T) {
	for want, c := range map[string]Choice{
		"7":                 One(7),
		"1..1000":           Range(1, 1000),
		"5..5":              Range(5, 5),
		"9,1,5":             List(9, 1, 5),
		"1:3,2:1":           Weighted(map[int64]int64{2: 1, 1: 3}),
		"1..1000:zipf(1.1)": Zipf(1, 1000, 1.1),
		"1..1000:in-order":  Range(1, 1000).InOrder(),
		"9,1:in-order":      List(9, 1).InOrder(),
	} {
		if c.err != nil || c.String() != want {
			t.Errorf("the choice is %s, %v; want %s", c, c.err, want)
		}
		read := choice(t, want)
		for i := range 50 {
			if a, b := c.at(3, ofUser, i, 1), read.at(3, ofUser, i, 1); a != b {
				t.Errorf("%s: draw %d is %d, and %d when it was read", want, i, a, b)
			}
		}
	}
}

func TestChoicesThatAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "is no number",
		"x..9":                    "is no number",
		"1.5":                     "no number of at least 1",
		"a b":                     "written %20",
		"a:b":                     "is no number",
		"a,a":                     "has a twice",
		"a\x00":                   "control character",
		"0":                       "0 is below 1",
		"-1":                      "-1 is below 1",
		"0..3":                    "begins below 1",
		"5..3":                    "ends before it begins",
		"1..":                     "is no number",
		"1..2..3":                 "is no number",
		"1,,2":                    "is no number",
		"1,1":                     "has 1 twice",
		"1:0":                     "has the weight 0",
		"1:2,3":                   "a weight to each value, or to none",
		"1:9007199254740992,2:1":  "more than 2⁵³",
		"9223372036854775808":     "above 2⁶³ − 1",
		"1..9:zipf":               "want zipf with its exponent",
		"1..9:zipf1.1)":           "want zipf with its exponent",
		"1..9:zipf()":             "want zipf with its exponent",
		"1..9:zipf(0)":            "exponent of zipf is 0",
		"1..9:zipf(NaN)":          "exponent of zipf is NaN",
		"1..9:zipf(101)":          "exponent of zipf is 101",
		"1..9:zipf(1.1":           "want zipf with its exponent",
		"1:2,3:4:zipf(1)":         "zipf has weights of its own",
		"1:2,3:4:in-order":        "in-order takes each value as often",
		"1..1000001:zipf(1)":      "zipf has 1000001 values, want at most 1000000",
		"1..9:zipf(1.1):in-order": "is no number",
	} {
		if _, err := ParseChoice(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for _, c := range []Choice{Range(2, 1), List(), List(0), Weighted(nil), Zipf(1, 2, -1), Zipf(0, 2, 1), Zipf(1, 2, 1).InOrder(), Range(0, 1).InOrder()} {
		if (Mix{Users: c}).Validate() == nil {
			t.Errorf("the choice %s is valid", c)
		}
	}
}

func BenchmarkChoice(b *testing.B) {
	for _, text := range []string{"7", "1..1000", "1:3,2:1", "1..1000000:zipf(1.1)", "1..1000:in-order"} {
		c, err := ParseChoice(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			sum := int64(0)
			for i := 0; b.Loop(); i++ {
				sum += c.at(1, keyed.ID{}, i, 1)
			}
		})
	}
}

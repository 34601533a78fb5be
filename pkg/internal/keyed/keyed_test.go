package keyed

import (
	"fmt"
	"math"
	"testing"
	"time"
)

const (
	uuid1      = "0198c5f2-7d3a-7abc-9def-0123456789ab"
	uuid1Later = "0298C5F2-7D3A-7ABC-9DEF-0123456789AB" // the same but for the time and the case
	uuidV4     = "0198c5f2-7d3a-4abc-9def-0123456789ab"
)

// fractionBits returns f's 53 bits.
func fractionBits(f float64) uint64 { return uint64(f * (1 << 53)) }

// The numbers are part of what a seed promises: a change here changes the troubles
// and defects of every recorded seed.
func TestFractionIsFixed(t *testing.T) {
	for _, tt := range []struct {
		seed         uint64
		purpose, key string
		n, want      uint64
	}{
		{1, "reserve reply", uuid1, 0, 0x0a4f949452bb4f},
		{1, "reserve reply", uuid1Later, 0, 0x0a4f949452bb4f},
		{1, "release reply", uuid1, 0, 0x0a0b8c8d167954},
		{2, "reserve reply", uuid1, 0, 0x102a1da28b95cd},
		{1, "reserve reply", uuid1, 1, 0x1e6bdfee3d8f3f},
		{1<<63 + 5, "", "order 1", 1 << 40, 0x07c02a39ed66f0},
		{0, "", "", 0, 0x015102230a412b},
		{0, "lost_refund", uuidV4, 0, 0x0a0713eea70a15},
	} {
		if got := fractionBits(Fraction(tt.seed, tt.purpose, tt.key, tt.n)); got != tt.want {
			t.Errorf("Fraction(%d, %q, %q, %d) = %#x / 2^53, want %#x", tt.seed, tt.purpose, tt.key, tt.n, got, tt.want)
		}
	}
}

// As above: a change here changes the faults of every recorded seed.
func TestIDFractionIsFixed(t *testing.T) {
	for _, tt := range []struct {
		seed, stream uint64
		key          string
		n, want      uint64
	}{
		{7, 0, "a", 1, 0x10b68d419defbc},
		{7, 0, "a", 2, 0x0c71c0ae3154bd},
		{7, 1, "a", 1, 0x1baa359aab78fd},
		{8, 0, "a", 1, 0x059fcfb6981e6b},
		{7, 0, "", 1, 0x096c2c6d6d2ea4},
		{7, 0, uuid1, 1, 0x0663e65eae0201},
		{7, 0, uuid1Later, 1, 0x0663e65eae0201},
		{1<<63 + 5, 999, uuid1Later, 262145, 0x10be9590bdc2de},
		{0, 0, "order 1", 1, 0x0d70b39af9f414},
	} {
		if got := fractionBits(IDOf(tt.key).Fraction(tt.seed, tt.stream, tt.n)); got != tt.want {
			t.Errorf("IDOf(%q).Fraction(%d, %d, %d) = %#x / 2^53, want %#x", tt.key, tt.seed, tt.stream, tt.n, got, tt.want)
		}
	}
}

// As above: a change here changes the keys of every recorded seed, and by them
// what is done to whom.
func TestUUIDv7IsFixed(t *testing.T) {
	for _, tt := range []struct {
		seed      uint64
		name      string
		index     uint64
		unixMilli int64
		want      string
	}{
		{7, "heavy", 0, 1700000000000, "018bcfe5-6800-71fa-a705-b434f6966c6a"},
		{7, "heavy", 1, 1700000000000, "018bcfe5-6800-72f2-966c-c341660e9ba7"},
		{7, "heavy", 0, 1800000000123, "01a3185c-507b-71fa-a705-b434f6966c6a"},
		{8, "light", 0, 1700000000000, "018bcfe5-6800-732e-87d8-f4dcab73cdec"},
		{0, "", 1 << 40, 0, "00000000-0000-705e-8ba1-495455f01bd2"},
	} {
		if got := UUIDv7(tt.seed, tt.name, tt.index, time.UnixMilli(tt.unixMilli)); got != tt.want {
			t.Errorf("UUIDv7(%d, %q, %d, %d) = %s, want %s", tt.seed, tt.name, tt.index, tt.unixMilli, got, tt.want)
		}
	}
}

func TestStable(t *testing.T) {
	for _, tt := range []struct{ key, want string }{
		{uuid1, "7abc-9def-0123456789ab"},
		{"0198C5F2-7D3A-7ABC-9DEF-0123456789AB", "7abc-9def-0123456789ab"},
		{uuidV4, uuidV4},
		{"0198c5f2-7d3a-7abc-1def-0123456789ab", "0198c5f2-7d3a-7abc-1def-0123456789ab"}, // another variant
		{"0198c5f2-7d3a-7abc-9def-0123456789ag", "0198c5f2-7d3a-7abc-9def-0123456789ag"}, // not hexadecimal
		{"0198c5f27d3a7abc9def0123456789ab", "0198c5f27d3a7abc9def0123456789ab"},
		{"order 1", "order 1"},
		{"", ""},
	} {
		if got := Stable(tt.key); got != tt.want {
			t.Errorf("Stable(%q) = %q, want %q", tt.key, got, tt.want)
		}
	}
}

// TestDrawsFollowProbability checks that each probability takes its part of the
// keys, of the attempts of one key and of requests without one, within 4 standard
// deviations. It always draws the same numbers.
func TestDrawsFollowProbability(t *testing.T) {
	const n = 2000
	now := time.UnixMilli(1_700_000_000_000)
	for _, seed := range []uint64{0, 1, 7, math.MaxUint64} {
		keys := make([]string, n)
		for i := range keys {
			keys[i] = UUIDv7(seed, "stage", uint64(i), now)
		}
		for what, draw := range map[string]func(i int) float64{
			"keys":                   func(i int) float64 { return IDOf(keys[i]).Fraction(seed, 0, 1) },
			"attempts":               func(i int) float64 { return IDOf("one key").Fraction(seed, 1, uint64(i+1)) },
			"requests without a key": func(i int) float64 { return ID{}.Fraction(seed, 2, uint64(i+1)) },
			"purposes of keys":       func(i int) float64 { return Fraction(seed, "purpose", keys[i], 0) },
		} {
			for _, p := range []float64{0, 0.01, 0.05, 0.3, 0.5, 0.99, 1} {
				taken := 0.0
				for i := range n {
					if draw(i) < p {
						taken++
					}
				}
				if bound := 4 * math.Sqrt(n*p*(1-p)); math.Abs(taken-n*p) > bound {
					t.Errorf("seed %d: a probability of %v takes %v of %d %s, want %v ± %.0f", seed, p, taken, n, what, n*p, bound)
				}
			}
		}
	}
}

// TestDrawsAreIndependent: what takes a request in one window, one attempt, for
// one purpose or under one seed says nothing of the others. Half of each would
// agree by chance.
func TestDrawsAreIndependent(t *testing.T) {
	const n = 4000
	base := func(key string) float64 { return IDOf(key).Fraction(7, 0, 1) }
	for _, tt := range []struct {
		what          string
		first, second func(key string) float64
	}{
		{"streams", base, func(key string) float64 { return IDOf(key).Fraction(7, 1, 1) }},
		{"attempts", base, func(key string) float64 { return IDOf(key).Fraction(7, 0, 2) }},
		{"seeds", base, func(key string) float64 { return IDOf(key).Fraction(8, 0, 1) }},
		{"functions", base, func(key string) float64 { return Fraction(7, "", key, 1) }},
		{"purposes", func(key string) float64 { return Fraction(7, "a", key, 0) }, func(key string) float64 { return Fraction(7, "b", key, 0) }},
		{"repetitions", func(key string) float64 { return Fraction(7, "a", key, 0) }, func(key string) float64 { return Fraction(7, "a", key, 1) }},
	} {
		agree := 0.0
		for i := range n {
			key := UUIDv7(1, "stage", uint64(i), time.UnixMilli(1_700_000_000_000))
			if (tt.first(key) < 0.5) == (tt.second(key) < 0.5) {
				agree++
			}
		}
		if bound := 4 * math.Sqrt(n*0.25); math.Abs(agree-n/2) > bound {
			t.Errorf("two %s agree on %v of %d keys, want %d ± %.0f", tt.what, agree, n, n/2, bound)
		}
	}
}

// TestStableForgetsTheTime: keys of the same seed made at other times draw alike.
func TestStableForgetsTheTime(t *testing.T) {
	for i := range uint64(100) {
		first, second := UUIDv7(1, "stage", i, time.UnixMilli(1_700_000_000_000)), UUIDv7(1, "stage", i, time.UnixMilli(1_800_000_000_000))
		if first == second || Stable(first) != Stable(second) || IDOf(first) != IDOf(second) || Fraction(1, "x", first, 0) != Fraction(1, "x", second, 0) {
			t.Fatalf("keys %s and %s of one seed: want different ones that draw alike", first, second)
		}
	}
}

func Example() {
	// the seed 7 loses the replies of about one purchase in five, always of the same ones
	for i := range uint64(12) {
		key := UUIDv7(7, "heavy", i, time.Now())
		if Fraction(7, "lose reply", key, 0) < 0.2 {
			fmt.Println("purchase", i)
		}
	}
	// Output:
	// purchase 5
	// purchase 10
}

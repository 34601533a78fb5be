package load

import (
	"math"
	"testing"
)

func TestRatio(t *testing.T) {
	none := math.Inf(1)
	for _, tt := range []struct {
		words []string
		want  float64
	}{
		{[]string{"50000", "100000"}, .5}, {[]string{"max", "100000"}, none}, {[]string{"-1", "100000"}, none},
		{[]string{"400000", "100000"}, 4}, {[]string{"50000", "0"}, none}, {[]string{"50000"}, none}, {nil, none},
	} {
		if got := quotaOf(tt.words); got != tt.want {
			t.Errorf("ratio(%q) = %v, want %v", tt.words, got, tt.want)
		}
	}
}

func TestAllowed(t *testing.T) {
	for _, tt := range []struct {
		m    Machine
		want float64
	}{{Machine{Cores: 4}, 4}, {Machine{Cores: 4, Quota: .5}, .5}, {Machine{Cores: 2, Quota: 8}, 2}} {
		if got := tt.m.Allowed(); got != tt.want {
			t.Errorf("%+v may use %v cores, want %v", tt.m, got, tt.want)
		}
	}
}

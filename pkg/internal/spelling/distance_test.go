package spelling

import "testing"

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"stock", "stock", 0}, {"stokc", "stock", 2},
		{"lateny_ms", "latency_ms", 1}, {"kitten", "sitting", 3}, {"在庫", "在住", 1}, {"ä", "a", 1},
	} {
		if got := Distance(tt.a, tt.b); got != tt.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if there, back := Distance(tt.a, tt.b), Distance(tt.b, tt.a); there != back {
			t.Errorf("from %q to %q it is %d, back %d", tt.a, tt.b, there, back)
		}
	}
}

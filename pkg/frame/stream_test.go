package frame

import (
	"slices"
	"testing"
)

func TestPlacesOf(t *testing.T) {
	for _, c := range []struct{ indexes, want []int32 }{
		{nil, nil}, {[]int32{0}, []int32{0}}, {[]int32{2, 0, 1}, []int32{2, 0, 1}}, {[]int32{5, 1, 5, 1, 3}, []int32{3, 0, 4, 1, 2}},
		{[]int32{1 << 30, 7, 1 << 30}, []int32{1, 0, 2}}, {[]int32{3, -1, 3}, []int32{1, 0, 2}},
	} {
		if got := placesOf(slices.Clone(c.indexes)); !slices.Equal(got, c.want) {
			t.Errorf("the places of %v are %v, want %v", c.indexes, got, c.want)
		}
		if got := placesBySorting(slices.Clone(c.indexes)); !slices.Equal(got, c.want) {
			t.Errorf("by sorting, the places of %v are %v, want %v", c.indexes, got, c.want)
		}
	}
}

func TestTableColumns(t *testing.T) {
	if got := tableColumns([]string{"stage", "start_s", "index", "start_ts", "latency_ms"}); !slices.Equal(got, []string{"index", "start_ts", "latency_ms"}) {
		t.Errorf("the columns read are %v", got)
	}
}

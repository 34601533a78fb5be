package frame

import (
	"cmp"
	"iter"
	"slices"

	"github.com/go-gota/gota/dataframe"
)

// stream is the rows of a stage that stay on disk. They come in the order in which they were
// recorded, each for its place in the order of their indexes.
type stream[T any] struct {
	each   iter.Seq[*T]
	places []int32
}

// fill sets the rows of a frame from first on.
func (s *stream[T]) fill(df dataframe.DataFrame, first int, columns []column[T]) {
	var c cell
	i := 0
	for row := range s.each {
		if i == len(s.places) {
			return
		}
		at := first + int(s.places[i])
		for j, col := range columns {
			if col.get != nil {
				col.get(&c, row)
				df.Elem(at, j).Set(&c)
			}
		}
		i++
	}
}

// placesOf returns the place of each row in the order of their indexes, of equal ones in the
// order in which they come. It takes the memory of indexes: a stage may have ten million rows.
func placesOf(indexes []int32) []int32 {
	if len(indexes) == 0 {
		return indexes
	}
	if low, high := slices.Min(indexes), slices.Max(indexes); low < 0 || int(high) > 4*len(indexes)+1024 {
		return placesBySorting(indexes)
	}
	next := make([]int32, slices.Max(indexes)+2) // the place of the next row of an index
	for _, index := range indexes {
		next[index+1]++
	}
	for i := 1; i < len(next); i++ {
		next[i] += next[i-1]
	}
	for i, index := range indexes {
		indexes[i] = next[index]
		next[index]++
	}
	return indexes
}

// placesBySorting is placesOf for indexes that are far apart.
func placesBySorting(indexes []int32) []int32 {
	order := make([]int32, len(indexes))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(indexes[a], indexes[b]) })
	for place, i := range order {
		indexes[i] = int32(place)
	}
	return indexes
}

// stageRows returns the rows of a stage for a frame in the order of their indexes: those in
// memory, a copy of a sample of those on disk, or a stream of all of them, with the columns
// that the frame's columns are made from.
func stageRows[T any](onDisk bool, inMemory []T, keep float64, index func(*T) int64, each func(columns ...string) iter.Seq[*T], columns []string) ([]T, *stream[T]) {
	switch {
	case !onDisk:
		return sampled(inMemory, keep, index), nil
	case len(columns) == 0:
		var kept []T
		for row := range each() {
			if inSample(index(row), keep) {
				kept = append(kept, *row)
			}
		}
		slices.SortStableFunc(kept, func(a, b T) int { return cmp.Compare(index(&a), index(&b)) })
		return kept, nil
	}
	var indexes []int32
	for row := range each("index") {
		indexes = append(indexes, int32(index(row)))
	}
	return nil, &stream[T]{each: each(tableColumns(columns)...), places: placesOf(indexes)}
}

// tableColumns returns the columns of the tables on disk that columns of a frame are made from.
func tableColumns(columns []string) (names []string) {
	if slices.Contains(columns, "steps") { // of runs from before it was recorded it is made from the attempts
		columns = append(slices.Clone(columns), "attempts")
	}
	for _, name := range columns {
		switch name {
		case "stage": // the frame has it from the stage, which may have another name than its rows
			name = "index"
		case "start_s":
			name = "start_ts"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

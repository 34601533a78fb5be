package nb_test

import (
	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sagalab/pkg/nb"
)

// A table takes a data frame and the error that came with it, and outside a notebook
// prints text.
func ExampleTable() {
	nb.Table(dataframe.New(
		series.New([]string{"light", "heavy"}, series.String, "stage"),
		series.New([]float64{12.25, 341.5}, series.Float, "p99_ms"),
	), nil)
	// Output:
	// stage  p99_ms
	// light  12.2
	// heavy  341.5
}

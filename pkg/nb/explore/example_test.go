package explore_test

import (
	"fmt"

	"sagalab/pkg/nb/explore"
)

// Outside a browser the function runs once, with the values that are written in the
// cell.
func ExampleRun() {
	explore.Run(func(v explore.Values) {
		fmt.Println(v.Float("rate") * v.Seconds("seconds").Seconds())
	}, explore.Slider("rate", 60, 10, 400), explore.Slider("seconds", 5, 1, 30))
	// Output:
	// rate = 60, seconds = 5
	// 300
}

//go:build race

package shop_test

// matrixRuns is how many runs each defect gets. The race detector makes each take
// five times as long, and it looks for other things: fewer will do for it.
const matrixRuns = 5

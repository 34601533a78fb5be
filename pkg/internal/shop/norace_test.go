//go:build !race

package shop_test

// matrixRuns is how many runs each defect gets, from seeds 0 to matrixRuns-1.
const matrixRuns = 20

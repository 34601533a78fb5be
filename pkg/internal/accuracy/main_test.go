package accuracy

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// TestMain lets many runs wait at once: a run waits most of its time, for delays of the
// service and for its state to settle.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "12"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

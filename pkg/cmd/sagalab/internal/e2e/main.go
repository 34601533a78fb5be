package e2e

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"

	"sagalab/pkg/internal/testing/chromium"
	"sagalab/pkg/internal/testing/postgres"
)

// SummaryVariable names the file in which GitHub Actions collects a job's summary.
const SummaryVariable = "GITHUB_STEP_SUMMARY"

// parallel is how many tests run beside one another, unless a flag says so: they mostly wait for load that comes by the
// clock, and the default of one for each processor would leave processors idle.
const parallel = 4

// Main runs a package's tests, ends what they share (database server, browser, built programs), and returns the exit code for
// TestMain.
func Main(m *testing.M) int {
	flag.Parse()
	os.Unsetenv(SummaryVariable) // of a build server that runs these tests
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		if err := flag.Set("test.parallel", strconv.Itoa(parallel)); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	if err := errors.Join(postgres.StopShared(), chromium.Stop()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if shared != "" {
		os.RemoveAll(shared)
	}
	return code
}

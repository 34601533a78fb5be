package runs

import "fmt"

// Large is how many operations make a stage one of which it is said up front what
// it will take.
const Large = 50_000

// Expected is what a stage will take, before it runs.
type Expected struct {
	// Memory is the most that the loading process holds, in bytes, from the first
	// request to the report (Overviews). Stages and Executions, which read all
	// rows, take Rows instead, in the process that calls them.
	Memory, Rows int64
	// Running is the most that the stage takes on the disk, in bytes, while it
	// runs, Finished what it leaves there.
	Running, Finished int64
}

// What rows take, in bytes, measured with a million purchases that answer 100
// bytes, rounded up; TestExpect compares them with rows as they are.
const (
	processMemory   = 100 << 20 // connections, a group of rows, buffers, garbage
	overviewRow     = 16        // two copies of a latency
	operationMemory = 520       // with its texts
	attemptMemory   = 200
	operationDisk   = 460 // in the journal
	attemptDisk     = 240
	operationTable  = 170 // compressed; ids and keys are random
	attemptTable    = 110
)

// Expect is what n operations of at most a number of attempts each will take:
// with one attempt that is what a sound service costs, with the policy's
// MaxAttempts the most that an unsound one can. Answers of more than 100 bytes
// take more, by as much as is kept of them (512 bytes) for each operation.
func Expect(n, attempts int) Expected {
	ops, sent := int64(n), int64(n)*int64(max(attempts, 1))
	tables := ops*operationTable + sent*attemptTable
	return Expected{
		Memory:   processMemory + ops*overviewRow + loadGarbage,
		Rows:     processMemory + ops*operationMemory + sent*attemptMemory,
		Running:  ops*operationDisk + sent*attemptDisk + tables,
		Finished: tables,
	}
}

// loadGarbage is what the garbage collector may leave lying while load runs.
const loadGarbage = 200 << 20

// String is the sentence that is said before a stage.
func (e Expected) String() string {
	return fmt.Sprintf("about %d MB of memory, and %d MB on the disk while it runs, %d MB afterwards",
		e.Memory/1e6, (e.Running+1e6-1)/1e6, (e.Finished+1e6-1)/1e6)
}

package runs

import "fmt"

// LargeStage is the number of operations from which on a stage's memory and disk
// space are announced before it runs.
const LargeStage = 50_000

// MaxInMemory is the most operations whose rows Run.OpenStages reads into memory.
const MaxInMemory = 100_000

// maxInMemory is MaxInMemory for OpenStages. Tests set it lower.
var maxInMemory = MaxInMemory

// Expected is the memory and disk space that a stage will take.
type Expected struct {
	// Memory is the most bytes that the process which sends the load holds, from the
	// first request to the report (Overviews). A process that shows the stage in tables
	// and figures (OpenStages) takes Cell bytes, one that reads all rows into memory
	// (Stages, Executions) Rows bytes.
	Memory, Cell, Rows int64
	// Running is the most bytes on disk while the stage runs, Finished those afterwards.
	Running, Finished int64
}

// The bytes that a row takes, rounded up, measured with a million purchases whose
// responses have 100 bytes. TestExpect compares them with actual rows.
const (
	processMemory   = 100 << 20 // connections, a row group, buffers, garbage
	overviewRow     = 16        // a latency, and one more for thresholds
	cellRow         = 48        // a point of a series, and room to sort them
	operationMemory = 550       // with its texts
	attemptMemory   = 216
	operationDisk   = 460 // in the journal
	attemptDisk     = 240
	operationTable  = 170 // compressed; ids and keys are random
	attemptTable    = 110
)

// Expect estimates what n operations with a number of attempts each will take: one
// attempt gives the figure for a service that does not fail, the policy's MaxAttempts
// the upper bound. Responses of more than 100 bytes take more, up to 512 bytes for
// each operation.
func Expect(n, attempts int) Expected {
	ops, sent := int64(n), int64(n)*int64(max(attempts, 1))
	tables := ops*operationTable + sent*attemptTable
	rows := processMemory + RowMemory(n, int(sent))
	cell := processMemory + ops*cellRow
	if n <= MaxInMemory {
		cell += rows - processMemory
	}
	return Expected{
		Memory:   processMemory + ops*overviewRow + loadGarbage,
		Cell:     cell,
		Rows:     rows,
		Running:  ops*operationDisk + sent*attemptDisk + tables,
		Finished: tables,
	}
}

// RowMemory returns how many bytes the rows of so many operations and attempts take in
// memory (Stage.ReadRows).
func RowMemory(operations, attempts int) int64 {
	return int64(operations)*operationMemory + int64(attempts)*attemptMemory
}

// loadGarbage is the garbage, in bytes, that may be in memory while load runs.
const loadGarbage = 200 << 20

// String returns the text that is printed before a large stage.
func (e Expected) String() string {
	return fmt.Sprintf("about %d MB of memory, and %d MB on the disk while it runs, %d MB afterwards",
		e.Memory/1e6, (e.Running+1e6-1)/1e6, (e.Finished+1e6-1)/1e6)
}

package runs

import (
	"os"
	"strings"
	"testing"
)

// The failure of a table, which is written less often than the journal, ends the stage
// when it happens.
func TestFailedTableEndsTheStage(t *testing.T) {
	defer func(n int) { rowGroup = n }(rowGroup)
	rowGroup = 2000
	_, r := newRun(t)
	w := begin(t, r, "s", 10)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	w.operations.(*parquetWriter[operationRow]).sums.to = full
	for n := 0; n < 200; n++ {
		if err = w.Append(records("s", n*1000, n*1000+1000)); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "free some space") {
		t.Errorf("Append = %v, want that the disk is full", err)
	}
	w.abandon()
}

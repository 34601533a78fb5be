package loadnotebooks

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
)

// TestRunExploreData executes the eighth notebook. Beyond its claims, the files that it exports
// have the rows of the run.
func TestRunExploreData(t *testing.T) {
	t.Parallel()
	run := e2e.ExecutedByName(t, "08-explore-the-data.ipynb")
	heavy := e2e.RecordedStage(t, run, "heavy")
	file, err := os.Open(filepath.Join(run.Dir(), "exports", "heavy.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) != 1+len(heavy.Operations) {
		t.Errorf("heavy.csv has %d lines, %v; want a header and %d purchases", len(rows), err, len(heavy.Operations))
	}
	type row struct {
		Stage     *string  `parquet:"stage,optional"`
		LatencyMS *float64 `parquet:"latency_ms,optional"`
	}
	all, err := parquet.ReadFile[row](filepath.Join(run.Dir(), "exports", "stages.parquet"))
	if err != nil || len(all) != 1250 {
		t.Fatalf("stages.parquet has %d rows, %v; want 1250", len(all), err)
	}
	if last := all[len(all)-1]; *last.Stage != "heavy" || *last.LatencyMS != heavy.Operations[len(heavy.Operations)-1].LatencyMS {
		t.Errorf("its last row is %s with %v ms, want that of stage heavy", *last.Stage, *last.LatencyMS)
	}
}

package frame

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
	"github.com/parquet-go/parquet-go"
)

// hard is values that are easily written wrong.
func hard(t *testing.T) dataframe.DataFrame {
	type row struct {
		text  string
		ratio float64
	}
	df := must(t)(newFrame("texts", []row{{"a,\"b\"\n", 4e-9}, {"NaN", math.NaN()}, {"", 1764000000.123457}}, []column[row]{
		textColumn("z message", func(r *row) string { return r.text }), floatColumn("ratio", func(r *row) float64 { return r.ratio })}))
	return df.Mutate(series.New([]any{1, nil, -3}, series.Int, "count")).Mutate(series.New([]bool{true, false, true}, series.Bool, "success"))
}

func TestWriteCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	said := must(t)(WriteCSV(hard(t), path))
	b, err := os.ReadFile(path)
	want := "z message,ratio,count,success\n\"a,\"\"b\"\"\n\",4e-09,1,true\nNaN,,,false\n,1764000000.123457,-3,true\n"
	if err != nil || string(b) != want {
		t.Errorf("the file is %q, %v; want %q", b, err, want)
	}
	if got := rowsOf(said); got != fmt.Sprintf("%s,3,4,%d", shortPath(path), len(b)) {
		t.Errorf("it says %s", got)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

func TestPathsAreShownShort(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for path, want := range map[string]string{
		"x.csv": "x.csv", "runs/1/exports/x.csv": "runs/1/exports/x.csv", filepath.Join(dir, "..", "runs", "x.csv"): "../runs/x.csv",
		"../../../../../a/b/c/d/e/x.csv": "…/c/d/e/x.csv",
	} {
		if got := shortPath(path); got != want {
			t.Errorf("%s is shown as %s, want %s", path, got, want)
		}
	}
}

func TestWriteParquet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	must(t)(WriteParquet(hard(t), path))
	type row struct {
		Message *string  `parquet:"z message,optional"`
		Ratio   *float64 `parquet:"ratio,optional"`
		Count   *int64   `parquet:"count,optional"`
		Success *bool    `parquet:"success,optional"`
	}
	rows, err := parquet.ReadFile[row](path)
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if r := rows[0]; *r.Message != "a,\"b\"\n" || *r.Ratio != 4e-9 || *r.Count != 1 || !*r.Success {
		t.Errorf("the first row is %+v", r)
	}
	if r := rows[1]; *r.Message != "NaN" || r.Ratio != nil || r.Count != nil || *r.Success {
		t.Errorf("the second row is %+v, want nothing where values are missing", r)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	stat, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(file, stat.Size())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, column := range f.Root().Columns() {
		names = append(names, column.Name())
	}
	if got := strings.Join(names, "|"); got != "z message|ratio|count|success" {
		t.Errorf("the columns are %s, want their order kept", got)
	}
}

func TestWritingFramesWithoutRowsAndLargeOnes(t *testing.T) {
	for _, n := range []int{0, 1, 1024, 3000} {
		df := must(t)(Operations(operations("x", n)))
		path := filepath.Join(t.TempDir(), "x.parquet")
		must(t)(WriteParquet(df, path))
		rows, err := parquet.ReadFile[struct {
			Index *int64 `parquet:"index,optional"`
		}](path)
		if err != nil || len(rows) != n || n > 0 && *rows[n-1].Index != int64(n-1) {
			t.Errorf("of %d rows %d are read, %v", n, len(rows), err)
		}
		must(t)(WriteCSV(df, path+".csv"))
		if b, err := os.ReadFile(path + ".csv"); err != nil || strings.Count(string(b), "\n") != n+1 {
			t.Errorf("of %d rows the file has %d lines, %v", n, strings.Count(string(b), "\n"), err)
		}
	}
}

func TestWritingRefuses(t *testing.T) {
	dir := t.TempDir()
	comma := dataframe.New(series.New([]int{1}, series.Int, "a,b"))
	for name, c := range map[string]struct {
		write result
		want  string
	}{
		"no directory": {func() (dataframe.DataFrame, error) { return WriteCSV(comma, filepath.Join(dir, "no", "x.csv")) }, "writing 1 rows to " + filepath.Join(dir, "no", "x.csv") + ": "},
		"no file":      {func() (dataframe.DataFrame, error) { return WriteCSV(comma, dir+"/") }, "the path names no file"},
		"no path":      {func() (dataframe.DataFrame, error) { return WriteParquet(comma, "") }, "the path names no file"},
		"a comma":      {func() (dataframe.DataFrame, error) { return WriteParquet(comma, filepath.Join(dir, "x")) }, `column "a,b" cannot be written`},
	} {
		if _, err := c.write(); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), ".x.csv-") {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("files are left: %v", left)
	}
}

package frame

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
)

// WriteCSV writes a frame to a file and returns a table that says where.
//
//	nb.Table(frame.WriteCSV(df, lab.File("heavy.csv")))
//
// Numbers have all their digits, gota's own writer keeps six decimals; a missing value is an
// empty cell. The file is replaced when it exists, and only once the whole frame is written;
// its directory must exist.
func WriteCSV(df dataframe.DataFrame, path string) (dataframe.DataFrame, error) {
	return writeFile(df, path, writeCSV)
}

func writeCSV(w io.Writer, df dataframe.DataFrame) error {
	out := csv.NewWriter(w)
	if err := out.Write(df.Names()); err != nil {
		return err
	}
	row := make([]string, df.Ncol())
	for i := range df.Nrow() {
		for j := range row {
			e := df.Elem(i, j)
			if row[j] = exactText(e); missing(e) {
				row[j] = ""
			}
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// missing reports whether a value is missing. A text never is: gota takes one that is
// "NaN" for missing, but a service may answer it.
func missing(e series.Element) bool {
	if e.Type() == series.Float {
		return math.IsNaN(e.Float())
	}
	return e.Type() != series.String && e.IsNA()
}

// writeFile writes a frame to a temporary file beside path and gives it its name.
func writeFile(df dataframe.DataFrame, path string, write func(io.Writer, dataframe.DataFrame) error) (dataframe.DataFrame, error) {
	if err := checked(df); err != nil {
		return dataframe.DataFrame{}, err
	}
	size, err := replaceFile(path, func(w io.Writer) error { return write(w, df) })
	if err != nil {
		return dataframe.DataFrame{}, fmt.Errorf("writing %d rows to %s: %w", df.Nrow(), path, withoutPath(err))
	}
	return joined([]series.Series{
		series.New([]string{shortPath(path)}, series.String, "file"),
		series.New([]int{df.Nrow()}, series.Int, "rows"),
		series.New([]int{df.Ncol()}, series.Int, "columns"),
		series.New([]int{int(size)}, series.Int, "bytes"),
	})
}

// withoutPath returns what went wrong without the temporary file's name.
func withoutPath(err error) error {
	var ofPath *os.PathError
	if errors.As(err, &ofPath) {
		return ofPath.Err
	}
	var ofLink *os.LinkError
	if errors.As(err, &ofLink) {
		return ofLink.Err
	}
	return err
}

func replaceFile(path string, write func(io.Writer) error) (size int64, err error) {
	if path == "" || strings.HasSuffix(path, "/") || strings.HasSuffix(path, string(filepath.Separator)) {
		return 0, errors.New("the path names no file")
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(file.Name()) // which is gone when all went well
	if err = write(file); err == nil {
		err = file.Chmod(0o644) // as other files of a run
	}
	if stat, statErr := file.Stat(); statErr == nil {
		size = stat.Size()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return 0, err
	}
	return size, os.Rename(file.Name(), path)
}

// shownElements is how many elements of a path far away are shown: the directory of runs, the
// run's, exports and the file. What is before them is about the machine, and a notebook's
// outputs go to others.
const shownElements = 4

// shortPath returns a path as seen from the working directory when it is near, else its end.
func shortPath(path string) string {
	whole, err := filepath.Abs(path)
	if err != nil {
		return filepath.Base(path)
	}
	if here, err := os.Getwd(); err == nil {
		if near, err := filepath.Rel(here, whole); err == nil && !strings.HasPrefix(filepath.ToSlash(near), "../../") {
			return filepath.ToSlash(near)
		}
	}
	elements := strings.Split(filepath.ToSlash(whole), "/")
	if len(elements) <= shownElements+1 {
		return filepath.ToSlash(whole)
	}
	return "…/" + strings.Join(elements[len(elements)-shownElements:], "/")
}

package runs

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"

	"sagalab/pkg/internal/osfile"
)

// rowGroup is how many rows a row group has, which are held in memory until it is
// written. Tests set it lower.
var rowGroup = 1 << 16

// tableWriter writes rows to a temporary file. add keeps the first failure for failed
// and close, sum is that of the closed file, publish makes the file visible under its name, discard removes it. It is an
// interface so that the parquet library's generic code is compiled in this package
// alone: as a field of type *parquetWriter it would be compiled again with each
// package that imports runs, and so with each cell of a notebook.
type tableWriter[T any] interface {
	add(row T)
	failed() error
	sum() fileSum
	close() error
	publish() error
	discard()
}

// parquetWriter is the tableWriter of a parquet file.
type parquetWriter[T any] struct {
	path   string
	file   *os.File
	sums   *summingWriter // to file
	writer *parquet.GenericWriter[T]
	rows   []T
	err    error // the first failure, reported by close
}

// tableOptions returns how tables are written: without the smallest and the largest
// text of each page, which no reader uses and which take a fifth of the time.
func tableOptions() *parquet.WriterConfig {
	c := parquet.DefaultWriterConfig()
	c.Apply(parquet.Compression(&parquet.Snappy), parquet.MaxRowsPerRowGroup(int64(rowGroup)))
	for _, column := range []string{"stage", "kind", "key", "user", "product", "payment_method", "status_str", "outcome", "class", "reason", "order_id", "message", "meaning", "answer_differs", "step"} {
		c.Apply(parquet.SkipPageBounds(column), parquet.SkipPageStatistics(column))
	}
	return c
}

// createTable makes the temporary file beside path.
func createTable[T any](path string) (tableWriter[T], error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return nil, err
	}
	sums := &summingWriter{to: f}
	return &parquetWriter[T]{path: path, file: f, sums: sums, writer: parquet.NewGenericWriter[T](sums, tableOptions())}, nil
}

func (w *parquetWriter[T]) add(row T) {
	if w.rows = append(w.rows, row); len(w.rows) >= 1024 {
		w.flush()
	}
}

func (w *parquetWriter[T]) flush() {
	if w.err == nil {
		_, w.err = w.writer.Write(w.rows)
	}
	clear(w.rows)
	w.rows = w.rows[:0]
}

func (w *parquetWriter[T]) failed() error { return w.err }

func (w *parquetWriter[T]) sum() fileSum { return w.sums.sum() }

func (w *parquetWriter[T]) close() error {
	w.flush()
	return errors.Join(w.err, w.writer.Close(), w.file.Sync(), w.file.Close(), os.Chmod(w.file.Name(), 0o644))
}

func (w *parquetWriter[T]) publish() error { return osfile.Replace(w.file.Name(), w.path) }

// discard closes and removes the temporary file.
func (w *parquetWriter[T]) discard() {
	w.file.Close()
	os.Remove(w.file.Name())
}

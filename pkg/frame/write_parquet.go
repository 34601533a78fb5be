package frame

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
	"github.com/parquet-go/parquet-go"
)

// WriteParquet writes a frame to a file for pandas, polars or DuckDB, and returns a table
// that says where.
//
//	nb.Table(frame.WriteParquet(df, lab.File("heavy.parquet")))
//
// Columns keep their names, order and kinds: int64, double, boolean and UTF-8 text; a missing
// value is null. A name with a comma is an error. The file is replaced as by WriteCSV.
func WriteParquet(df dataframe.DataFrame, path string) (dataframe.DataFrame, error) {
	return writeFile(df, path, writeParquet)
}

func writeParquet(w io.Writer, df dataframe.DataFrame) error {
	schema, err := parquetSchema(df)
	if err != nil {
		return err
	}
	out := parquet.NewGenericWriter[any](w, schema, parquet.Compression(&parquet.Snappy))
	const block = 1024
	rows := make([]parquet.Row, 0, block)
	for i := range df.Nrow() {
		rows = append(rows, parquetRow(df, i))
		if len(rows) < block && i < df.Nrow()-1 {
			continue
		}
		if _, err := out.WriteRows(rows); err != nil {
			return err
		}
		rows = rows[:0]
	}
	return out.Close()
}

// parquetTypes are the Go types that a column's values are written as.
var parquetTypes = map[series.Type]reflect.Type{
	series.String: reflect.TypeFor[string](), series.Bool: reflect.TypeFor[bool](),
	series.Int: reflect.TypeFor[int64](), series.Float: reflect.TypeFor[float64](),
}

// parquetSchema returns the columns of a frame in their order, which a parquet.Group would
// sort. All are optional: any of them may miss a value.
func parquetSchema(df dataframe.DataFrame) (*parquet.Schema, error) {
	names := df.Names()
	fields := make([]reflect.StructField, len(names))
	for i, kind := range df.Types() {
		if names[i] == "" || names[i] == "-" || strings.ContainsAny(names[i], ",") {
			return nil, fmt.Errorf("column %q cannot be written: give it a name without commas", names[i])
		}
		fields[i] = reflect.StructField{Name: "C" + strconv.Itoa(i), Type: parquetTypes[kind],
			Tag: reflect.StructTag("parquet:" + strconv.Quote(names[i]+",optional"))}
	}
	return parquet.SchemaOf(reflect.New(reflect.StructOf(fields)).Interface()), nil
}

func parquetRow(df dataframe.DataFrame, row int) parquet.Row {
	values := make(parquet.Row, df.Ncol())
	for j := range values {
		e := df.Elem(row, j)
		if missing(e) {
			values[j] = parquet.NullValue().Level(0, 0, j)
			continue
		}
		values[j] = parquetValue(e).Level(0, 1, j)
	}
	return values
}

func parquetValue(e series.Element) parquet.Value {
	switch e.Type() {
	case series.Int:
		n, _ := e.Int() // it is not missing
		return parquet.Int64Value(int64(n))
	case series.Float:
		return parquet.DoubleValue(e.Float())
	case series.Bool:
		b, _ := e.Bool()
		return parquet.BooleanValue(b)
	}
	return parquet.ByteArrayValue([]byte(e.String()))
}

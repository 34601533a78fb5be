package runs

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// summary returns the figures of what was counted.
func (t *tally) summary(info Info) Summary {
	n := len(t.latency)
	sum := summarizeInfo(info, n)
	sum.Success, sum.Failure, sum.Unknown, sum.Attempts, sum.Retries = t.success, n-t.success, t.unknown, t.attempts, max(0, t.attempts-n)
	if !t.last.IsZero() {
		sum.Seconds = t.last.Sub(info.Started).Seconds()
	}
	latency := load.Sorted(t.latency)
	if sum.Seconds > 0 {
		sum.RequestsPerSecond = float64(n) / info.RateTime(t.last.Sub(info.Started), latency).Seconds()
	}
	sum.P50, sum.P90 = load.Quantile(latency, .5), load.Quantile(latency, .9)
	sum.P95, sum.P99 = load.Quantile(latency, .95), load.Quantile(latency, .99)
	sum.Maximum = load.Quantile(latency, 1)
	sum.Amplification = float64(t.attempts) / float64(n) // 0 ÷ 0 is NaN
	return sum
}

// reasons returns the failures that were counted, the most frequent reason first.
func (t *tally) reasons() (list []Reason) {
	names := slices.Collect(maps.Keys(t.failed))
	slices.SortFunc(names, func(a, b string) int {
		x, y := t.failed[a], t.failed[b]
		return cmp.Or(cmp.Compare(y.count, x.count), cmp.Compare(x.index, y.index), cmp.Compare(x.nth, y.nth))
	})
	for _, name := range names {
		list = append(list, Reason{Name: name, Count: t.failed[name].count, Example: t.failed[name].message})
	}
	return list
}

// tally counts operations, which may be added in any order.
type tally struct {
	latency                    []float64
	success, unknown, attempts int
	last                       time.Time // the latest EndTS
	failed                     map[string]*failure
}

// failure counts the operations that failed for one reason, and has the message of
// the first of them in the schedule.
type failure struct {
	count   int
	nth     int // the place among the reasons, by first appearance
	index   int64
	message string
}

// tallyStage counts the operations of a stage.
func tallyStage(s Stage) *tally {
	t := &tally{latency: make([]float64, 0, len(s.Operations))}
	for i := range s.Operations {
		t.add(&s.Operations[i])
	}
	return t
}

func (t *tally) add(o *Operation) {
	t.latency = append(t.latency, o.LatencyMS)
	t.attempts += int(o.Attempts)
	t.last = later(t.last, o.EndTS)
	if o.Outcome == purchase.Unknown {
		t.unknown++
	}
	if o.Success {
		t.success++
	} else if f := t.fail(o.Reason, o.Index); f != nil {
		f.message = o.Message
	}
}

// fail counts a failure. It returns the reason's entry when this operation has
// become its example, else nil.
func (t *tally) fail(reason string, index int64) *failure {
	f, known := t.failed[reason]
	if !known {
		if t.failed == nil {
			t.failed = map[string]*failure{}
		}
		f = &failure{index: index, nth: len(t.failed)}
		t.failed[reason] = f
	}
	f.count++
	if known && index >= f.index {
		return nil
	}
	f.index = index
	return f
}

// addFile counts the operations of a finished table.
func (t *tally) addFile(path string) error {
	return openTable(path, t.addTable)
}

func (t *tally) addTable(f *parquet.File) error {
	t.latency = make([]float64, 0, f.NumRows())
	for _, g := range f.RowGroups() {
		if err := t.addGroup(f.Schema(), g); err != nil {
			return err
		}
	}
	return nil
}

// addGroup counts the operations of a row group.
func (t *tally) addGroup(schema *parquet.Schema, g parquet.RowGroup) error {
	n := g.NumRows()
	success, index := make([]bool, 0, n), make([]int64, 0, n)
	examples := map[*failure]int64{}
	row := 0
	err := readColumns(schema, g, []column{
		{"latency_ms", parquet.Double, func(v parquet.Value) { t.latency = append(t.latency, v.Double()) }},
		{"attempts", parquet.Int64, func(v parquet.Value) { t.attempts += int(v.Int64()) }},
		{"end_ts", parquet.Int64, func(v parquet.Value) { t.last = later(t.last, time.Unix(0, v.Int64()).UTC()) }},
		{"outcome", parquet.ByteArray, func(v parquet.Value) {
			if string(v.ByteArray()) == string(purchase.Unknown) {
				t.unknown++
			}
		}},
		{"success", parquet.Boolean, func(v parquet.Value) {
			success = append(success, v.Boolean())
			if v.Boolean() {
				t.success++
			}
		}},
		{"index", parquet.Int64, func(v parquet.Value) { index = append(index, v.Int64()) }},
		{"reason", parquet.ByteArray, func(v parquet.Value) {
			if !success[row] {
				if f := t.fail(string(v.ByteArray()), index[row]); f != nil {
					examples[f] = int64(row)
				}
			}
			row++
		}},
	})
	for f, row := range examples {
		if err == nil {
			f.message, err = readTextAt(schema, g, "message", row)
		}
	}
	return err
}

// column names a column, its type, and what is done with each of its values.
type column struct {
	name string
	kind parquet.Kind
	see  func(parquet.Value)
}

// readColumns reads columns of a row group one after another, each of them whole.
func readColumns(schema *parquet.Schema, g parquet.RowGroup, list []column) error {
	for _, c := range list {
		err := readColumn(schema, g, c.name, c.kind, func(v parquet.Value) error { c.see(v); return nil })
		if err != nil {
			return err
		}
	}
	return nil
}

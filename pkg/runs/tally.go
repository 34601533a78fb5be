package runs

import (
	"cmp"
	"maps"
	"math"
	"os"
	"slices"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// summary returns the figures of what was counted.
func (t *tally) summary(info Info) Summary {
	n := len(t.latency)
	sum := summarizeInfo(info, n)
	sum.Success, sum.Failure, sum.Unknown, sum.Attempts, sum.Retries = t.success, n-t.success, t.unknown, t.attempts, max(0, t.attempts-t.first)
	if !t.last.IsZero() {
		sum.Seconds = t.last.Sub(info.Started).Seconds()
	}
	latency := t.sortedLatencies()
	if sum.Seconds > 0 {
		sum.RequestsPerSecond = float64(n) / info.RateTime(t.last.Sub(info.Started), latency).Seconds()
	}
	sum.P50, sum.P90 = load.Quantile(latency, .5), load.Quantile(latency, .9)
	sum.P95, sum.P99 = load.Quantile(latency, .95), load.Quantile(latency, .99)
	sum.Maximum = load.Quantile(latency, 1)
	sum.Amplification = amplification(t.attempts, t.first, n)
	t.polled.summarize(&sum)
	sum.Left, sum.NotEnded = t.left.list(info.Steps), t.notEnded
	return sum
}

// amplification is attempts ÷ those that are no retries. An operation without an attempt counts
// as one without a retry, so that for purchases of one request it is attempts ÷ n operations.
func amplification(attempts, first, n int) float64 {
	if first <= n {
		first = n
	}
	return float64(attempts) / float64(first) // 0 ÷ 0 is NaN
}

// sortedLatencies returns the latencies in ascending order, without NaNs. They are sorted in
// place: a copy would double what a large stage takes.
func (t *tally) sortedLatencies() []float64 {
	return sortedInPlace(t.latency)
}

// sortedInPlace sorts values and returns those that are no NaNs.
func sortedInPlace(values []float64) []float64 {
	slices.Sort(values) // NaNs first
	at := slices.IndexFunc(values, func(v float64) bool { return !math.IsNaN(v) })
	if at < 0 {
		return nil
	}
	return values[at:]
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
	first                      int       // of the attempts those that are no retries
	last                       time.Time // the latest EndTS
	failed                     map[string]*failure
	polled                     polledTally
	left                       leftTally
	notEnded                   int
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
	t := &tally{}
	if s.stored != nil {
		if err := t.addStored(s.stored); err != nil {
			panic(err)
		}
		return t
	}
	t.latency = make([]float64, 0, len(s.Operations))
	for i := range s.Operations {
		t.addWithMessage(&s.Operations[i])
	}
	return t
}

// addWithMessage counts an operation whose message is known.
func (t *tally) addWithMessage(o *Operation) {
	if f := t.add(o); f != nil {
		f.message = o.Message
	}
}

// add counts an operation. It returns the entry of the reason for which the operation has
// become the example, else nil.
func (t *tally) add(o *Operation) *failure {
	t.polled.add(o, t.latency)
	t.latency = append(t.latency, o.LatencyMS)
	t.attempts, t.first = t.attempts+int(o.Attempts), t.first+int(o.FirstAttempts())
	if notEnded(o) {
		t.notEnded++
	} else {
		t.left.add(o)
	}
	t.last = later(t.last, o.EndTS)
	if o.Outcome == purchase.Unknown {
		t.unknown++
	}
	if o.Success {
		t.success++
		return nil
	}
	return t.fail(o.Reason, o.Index)
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

// tallyColumns are what add looks at, and the worker's part of a fleet.
var tallyColumns = chooseColumns(operationColumns, []string{"latency_ms", "accepted_ms", "uncertainty_ms", "attempts", "steps", "polls", "end_ts", "outcome", "success", "index", "reason"})

// addStored counts the operations of a stage on disk.
func (t *tally) addStored(s *storedRows) error {
	columns := tallyColumns
	if s.workers > 0 {
		columns = append(columns[:len(columns):len(columns)], virtualUserColumn)
	}
	table, err := openTable(s.operationsPath(), columns)
	if err == nil {
		defer table.close()
		err = t.addTable(table, s)
	}
	return damaged(s.operationsPath(), err)
}

// place is where the row of an operation is.
type place struct {
	group int
	row   int64
}

// addTable counts the operations of a table that belong to a stage's part.
func (t *tally) addTable(table *tableReader[Operation], of *storedRows) error {
	if err := table.hasColumns(); err != nil {
		return err
	}
	t.latency = slices.Grow(t.latency, int(table.table.NumRows()))
	examples := map[*failure]place{}
	for {
		rows, group, first, err := table.next()
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		for i := range rows {
			if !of.hasUser(rows[i].VirtualUser) {
				continue
			}
			if f := t.add(&rows[i]); f != nil {
				examples[f] = place{group, first + int64(i)}
			}
		}
	}
	for f, at := range examples {
		var err error
		if f.message, err = table.textAt("message", at); err != nil {
			return err
		}
	}
	return nil
}

// addJournal counts the operations that have ended in the journal of a stage that runs.
func (t *tally) addJournal(journal *os.File) error {
	stat, err := journal.Stat()
	if err != nil {
		return err
	}
	_, err = readJournal(journal, stat.Size(), func(kind entryKind, r Record) {
		if kind == ended {
			t.addWithMessage(&r.Operation)
		}
	})
	return err
}

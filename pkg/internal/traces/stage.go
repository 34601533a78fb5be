package traces

import (
	"cmp"
	"context"
	"encoding/hex"
	"iter"

	"sagalab/pkg/internal/traceid"
	"sagalab/pkg/runs"
)

// Export exports the operations of a stage of the run, one after the other as they are read, in memory that does
// not grow with their number. Only where the tables of a stage on disk are not in the same order, which
// sagalab does not write, are its rows read into memory (runs.Stage.ReadRows). The last spans are exported
// by Flush. The error is of the exporter, or a *runs.DamageError.
func (e *Exporter) Export(ctx context.Context, s runs.Stage) (err error) {
	defer runs.CatchDamage(&err)
	if s.OnDisk() && !sameOrder(s) {
		if s, err = s.ReadRows(); err != nil {
			return err
		}
	}
	b := e.stageSpans(s)
	for o, requests := range operations(s) {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		b.add(o, requests)
		e.counts.Operations++
		if err := e.send(ctx, false); err != nil {
			return err
		}
	}
	return nil
}

// TraceID returns the id of the trace of an operation of a stage of the run, in hexadecimal, as a traceparent has it.
func TraceID(run runs.Run, s runs.Stage, index int64) string {
	id := idsOf(run, s).Trace(index)
	return hex.EncodeToString(id[:])
}

func idsOf(run runs.Run, s runs.Stage) traceid.Stage {
	return traceid.Stage{Load: cmp.Or(s.LoadID, run.ID), Name: s.Stage, Seed: s.Seed}
}

// stageSpans returns what makes the spans of a stage.
func (e *Exporter) stageSpans(s runs.Stage) *stageSpans {
	return &stageSpans{Exporter: e, info: s.Info, ids: idsOf(e.run, s), server: serverOf(s.Info)}
}

// operations iterates over the operations of a stage with their requests, in the order in which these were sent. Both
// are valid until the next ones. Requests of operations that are not recorded are left out.
func operations(s runs.Stage) iter.Seq2[*runs.Operation, []runs.Attempt] {
	return func(yield func(*runs.Operation, []runs.Attempt) bool) {
		next, stop := iter.Pull(s.EachAttempt())
		defer stop()
		a, more := next()
		inOrder := !s.OnDisk() // of the index
		var requests []runs.Attempt
		for o := range s.EachOperation() {
			requests = requests[:0]
			for more && (a.Index == o.Index || inOrder && a.Index < o.Index) {
				if a.Index == o.Index {
					requests = append(requests, *a)
				}
				a, more = next()
			}
			if !yield(o, requests) {
				return
			}
		}
	}
}

// sameOrder reports whether the operations of a stage and their requests are recorded in the same order, those
// of each operation one after the other.
func sameOrder(s runs.Stage) bool {
	next, stop := iter.Pull(s.EachAttempt("index"))
	defer stop()
	a, more := next()
	for o := range s.EachOperation("index") {
		for more && a.Index == o.Index {
			a, more = next()
		}
	}
	return !more
}

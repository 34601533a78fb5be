package runner

import (
	"time"

	"sagalab/pkg/internal/observe"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// recordBatch passes on the records of a batch of samples.
func (s *Sender) recordBatch(b load.Batch[purchase.Result]) error {
	s.records = s.records[:0]
	for i := range b.Samples {
		s.records = append(s.records, recordOf(s.Stage.Name, s.clock, b.Samples[i]))
		s.last = b.Samples[i].Value
	}
	return s.record(Batch{Records: s.records, Waiting: s.waiting.drain(), Progress: b.Progress})
}

// recordOf is the row of one purchase of a stage and the rows of its requests, with
// times by the stage's clock.
func recordOf(stage string, c clock, s load.Sample[purchase.Result]) runs.Record {
	return laterRecordOf(stage, c, s, 0)
}

// laterRecordOf is recordOf without the rows of the first requests, so many as were recorded before.
func laterRecordOf(stage string, c clock, s load.Sample[purchase.Result], recorded int) runs.Record {
	r := s.Value
	op := runs.Operation{
		Stage: stage, Index: int64(s.Index), VirtualUser: int64(s.User), Key: r.Operation.Key,
		UserID: r.Request.UserID, ProductID: r.Request.ProductID,
		Quantity: r.Request.Quantity, PaymentMethodID: r.Request.PaymentMethodID,
		ScheduledTS: c.wall(s.Scheduled), StartTS: c.wall(s.Start), EndTS: c.wall(s.End),
		LatencyMS: ms(s.End.Sub(s.Scheduled)), ServiceMS: ms(r.Operation.Service()), WaitMS: ms(r.Operation.Waited()),
		Attempts: int64(len(r.Operation.Attempts)), Steps: int64(r.Steps), UncertaintyMS: ms(r.Uncertainty), Success: r.Success(), StatusStr: "failure",
		Outcome: r.Outcome, Status: int64(r.Status), Reason: r.Reason, OrderID: r.OrderID, Message: r.Message(),
	}
	if op.Success {
		op.StatusStr = "success"
	}
	if !r.AcceptedAt.IsZero() {
		op.AcceptedMS = ms(r.AcceptedAt.Sub(s.Scheduled))
	}
	if !r.UnderWayAt.IsZero() {
		op.UncertaintyMS = ms(s.End.Sub(r.UnderWayAt))
	}
	for i := range r.Others {
		if r.Others[i].Kind == purchase.PollRequest {
			op.Polls++
		}
	}
	return runs.Record{Operation: op, Attempts: requestRows(&op, c, &r, recorded)}
}

// requestRows returns the rows of a purchase's requests, in the order in which they were sent,
// without the first ones that were recorded before.
func requestRows(op *runs.Operation, c clock, r *purchase.Result, recorded int) []runs.Attempt {
	attempts, others := r.Operation.Attempts, r.Others
	rows := make([]runs.Attempt, 0, max(0, len(attempts)+len(others)-recorded))
	for n := 0; len(attempts)+len(others) > 0; n++ {
		done := len(r.Operation.Attempts) - len(attempts)
		if len(others) > 0 && others[0].Attempt.Number <= done {
			if n >= recorded {
				rows = append(rows, otherRow(op, c, &others[0]))
			}
			others = others[1:]
			continue
		}
		if n >= recorded {
			row := attemptRow(op.Stage, op.Index, c, attempts[0], r.Answers[done])
			if done > 0 && r.Answers[done-1].Step == row.Step {
				row.Kind = runs.Retry
			}
			rows = append(rows, row)
		}
		attempts = attempts[1:]
	}
	return rows
}

// otherRow is the row of a request that is no attempt.
func otherRow(op *runs.Operation, c clock, o *purchase.OtherRequest) runs.Attempt {
	row := attemptRow(op.Stage, op.Index, c, o.Attempt, o.Answer)
	row.Kind = string(o.Kind)
	return row
}

// attemptRow is the row of an attempt that ended with an answer, as the first one at its step.
func attemptRow(stage string, index int64, c clock, a retry.Attempt, answer purchase.Answer) runs.Attempt {
	row := observe.AttemptRow(a, answer)
	row.Stage, row.Index, row.Kind = stage, index, runs.Original
	row.StartTS, row.PlannedWaitMS, row.WaitMS = c.wall(a.Start), ms(a.PlannedWait), ms(a.Wait)
	return row
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

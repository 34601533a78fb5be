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

// recordOf is the row of one purchase of a stage and the rows of its attempts, with
// times by the stage's clock.
func recordOf(stage string, c clock, s load.Sample[purchase.Result]) runs.Record {
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
	rows := make([]runs.Attempt, 0, len(r.Operation.Attempts)+len(r.Others))
	others := r.Others
	for i, a := range r.Operation.Attempts {
		rows, others = appendOthers(rows, &op, c, others, i)
		row := attemptRow(stage, op.Index, c, a, r.Answers[i])
		if i > 0 && r.Answers[i-1].Step == row.Step {
			row.Kind = runs.Retry
		}
		rows = append(rows, row)
	}
	rows, _ = appendOthers(rows, &op, c, others, len(r.Operation.Attempts))
	return runs.Record{Operation: op, Attempts: rows}
}

// appendOthers appends the rows of the requests that came after some number of attempts, and
// counts the polls among them. rest are those after more attempts.
func appendOthers(rows []runs.Attempt, op *runs.Operation, c clock, others []purchase.OtherRequest, attempts int) (all []runs.Attempt, rest []purchase.OtherRequest) {
	for len(others) > 0 && others[0].Attempt.Number <= attempts {
		row := attemptRow(op.Stage, op.Index, c, others[0].Attempt, others[0].Answer)
		if row.Kind = string(others[0].Kind); row.Kind == runs.Poll {
			op.Polls++
		}
		rows, others = append(rows, row), others[1:]
	}
	return rows, others
}

// attemptRow is the row of an attempt that ended with an answer, as the first one at its step.
func attemptRow(stage string, index int64, c clock, a retry.Attempt, answer purchase.Answer) runs.Attempt {
	row := observe.AttemptRow(a, answer)
	row.Stage, row.Index, row.Kind = stage, index, runs.Original
	row.StartTS, row.PlannedWaitMS, row.WaitMS = c.wall(a.Start), ms(a.PlannedWait), ms(a.Wait)
	return row
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

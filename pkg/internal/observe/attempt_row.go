package observe

import (
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// AttemptRow returns the row of an attempt that ended with an answer: what is known of it
// alone. Stage, Index and Kind are left empty and the waits before it 0; StartTS is by the
// attempt's own clock. It is safe for concurrent use.
func AttemptRow(a retry.Attempt, answer purchase.Answer) runs.Attempt {
	return runs.Attempt{
		Number: int64(a.Number), Key: a.Key, StartTS: a.Start, LatencyMS: float64(a.Latency) / float64(time.Millisecond),
		Status: int64(a.Status), Class: string(a.Class), Sent: a.Sent, Replayed: a.Replayed,
		Reason: answer.Reason, OrderID: answer.OrderID,
		Meaning: answer.Meaning.String(), AnsweredAmount: answer.Amount, AnswerDiffers: answer.Differs, Step: answer.Step,
	}
}

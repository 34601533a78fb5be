package audit

import (
	"fmt"
	"math"

	"sagalab/pkg/internal/audit/history"
)

// comparedAnswers are the answers to what was asked again, and the ruling that counts the
// purchases: one that was asked for several times counts once, and violates the rule when
// an answer does.
type comparedAnswers struct {
	ruling       *ruling
	violated     map[int32]bool // by purchase; what is not in it was not judged
	count, agree int            // answers
}

// agrees counts an answer to purchase n that is that of the run.
func (a *comparedAnswers) agrees(n int32) {
	a.agree++
	a.add(n)
}

// differ counts an answer to purchase n that is another than that of the run.
func (a *comparedAnswers) differ(n int32, ref int, at, weight int64) {
	a.add(n)
	if !a.violated[n] {
		a.violated[n] = true
		a.ruling.add(ref, at, weight)
	}
}

func (a *comparedAnswers) add(n int32) {
	a.count++
	if _, judged := a.violated[n]; !judged {
		a.violated[n] = false
		a.ruling.judged++
	}
}

// judgeStillInProgress judges a purchase that was said to be in progress when it was
// asked for again, some time after it was known to have been begun. One that was
// begun by asking says nothing yet.
func (a *comparedAnswers) judgeStillInProgress(m *history.Model, n int32, i int, later int64) {
	if settle := m.Options.SettleTime(); later < int64(settle) {
		if later > 0 {
			a.ruling.unknown = fmt.Sprintf("key %s was still in progress after %s; the limit is %s", m.Evidence.AskedAgain[i].Attempt.Key, history.FormatMS(later), settle)
		}
		return
	}
	a.differ(n, i, math.MaxInt64, later)
}

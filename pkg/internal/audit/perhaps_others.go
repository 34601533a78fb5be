package audit

import "sagalab/pkg/internal/audit/history"

// judgeRow judges order i with judge. Of one that may be another client's, or older than the run
// (history.OrderIndex.PerhapsNotOurs), a violation is unknown: others may have dealt with it
// by other means than purchases, or still be about it.
func judgeRow(m *history.Model, q *ruling, i int, judge func(q *ruling)) {
	if !m.PerhapsNotOurs(i) {
		judge(q)
		return
	}
	alone := ruling{unknown: q.unknown}
	judge(&alone)
	if alone.count > 0 {
		q.unknown = m.OrderPerhapsOfOthers(i)
		return
	}
	q.judged += alone.judged
	q.unknown = alone.unknown
}

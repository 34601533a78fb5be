package audit

import "sagalab/pkg/internal/audit/history"

// b1 is s1 and s2 for the money of each user: nobody spends more than he had, and
// "insufficient balance" is true.
func balanceRespected(m *history.Model) ruling {
	q := ruling{unknown: m.BalanceUnknown, beyond: m.AnswersOnly(), none: "nothing was confirmed, nor refused for lack of money"}
	if m.BalanceUnknown != "" {
		return q
	}
	pools := balanceByUser(m)
	judgeConfirmed(m, &q, pools, "user")
	if countRefusals(m, history.NoMoney) > 0 {
		judgeRefusals(m, &q, pools, "user")
	}
	q.show = func(ref int) Counterexample {
		if f, _ := m.EffectOf(&m.Purchases[ref]); f == history.TookEffect {
			return overdrawnCounterexample(m, ref, pools, "of money of user %d", "spent")
		}
		return spuriousCounterexample(m, ref, pools, "insufficient balance", "of money of user %d")
	}
	return q
}

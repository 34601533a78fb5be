package audit

import "sagalab/pkg/internal/audit/history"

// ruleB1 wants what S1 and S2 require of stock of each user's balance.
var ruleB1 = rule{
	id: "B1", title: `no user spends more than the balance, and "insufficient balance" is true`,
	one: "confirmed purchase or refusal for lack of money", many: "confirmed purchases and refusals for lack of money",
	judge: balanceRespected,
}

// balanceRespected applies ruleB1; refs are purchases.
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

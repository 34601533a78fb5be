package shop

// call asks a participant for one effect of a saga. It is idempotent. before is
// the effect of the call before, so that times never run backwards.
type call func(c cart, before effect) (effect, error)

// participants are all calls that a saga makes. They are values so that trouble
// and defects on purpose can stand in front of them (trouble.go, defect.go)
// without anybody here or in the saga knowing.
type participants struct {
	reserve, release, sell        call // the stock's
	charge, refund                call // the payments'
	compensating, confirm, cancel call // the orders'
}

// participants are the shop's own.
func (s *Shop) participants() participants {
	return participants{
		reserve: s.stock.reserve, release: s.stock.release, sell: s.stock.sell,
		charge: s.payments.charge, refund: s.payments.refund,
		compensating: s.orders.compensating, confirm: s.orders.confirm, cancel: s.orders.cancel,
	}
}

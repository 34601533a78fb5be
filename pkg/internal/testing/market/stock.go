package market

// reserve moves the pieces from free to held, or reports that there are not enough.
func (s *saga) reserve() bool {
	s.m.pause()
	s.st.mu.Lock()
	defer s.st.mu.Unlock()
	switch {
	case s.inStock():
		s.hold()
	case !s.sellsAnyway():
		return false
	}
	s.update(func(r *record) {
		r.Amount = s.amount
		if price := s.st.products[s.req.product].last().price; s.bug("order-unit-price") && price != s.amount {
			r.Amount = price
			s.hit()
		}
	})
	s.done("reserve_stock", "do")
	return true
}

// inStock reports whether there are enough pieces. The caller holds mu.
func (s *saga) inStock() bool {
	stock, id := s.st.products[s.req.product].last().stock, s.req.product
	switch {
	case stock < s.req.quantity:
		s.st.soldOut[id] = true
		return false
	case stock == s.req.quantity && s.bug("last-piece"), s.st.soldOut[id] && s.bug("sold-out-sticky"):
		s.hit()
		return false
	}
	return true
}

// hold moves the pieces from free to held. The caller holds mu.
func (s *saga) hold() {
	p := s.st.products[s.product]
	before := p.last()
	switch {
	case s.bug("stock-race"):
		s.st.gap()
		s.hitIf(p.last().stock < s.held)
	case s.bug("stock-lost-update"):
		s.st.gap()
		s.hitIf(p.last() != before)
		p.set(before, s.m.opt.ReadsLag)
	case s.bug("reserve-twice") && before.stock >= 2*s.held:
		s.hit()
		s.st.shift(s.product, -s.held, s.held)
	case s.bug("reserves-wrong-product"):
		if other := another(s.st.products, s.product); s.st.products[other].last().stock >= s.held {
			s.hitIf(other != s.product)
			s.product = other
		}
	}
	s.st.shift(s.product, -s.held, s.held)
}

// sellsAnyway reports whether a bug lets a purchase pass for which there are not enough pieces. The caller holds mu.
func (s *saga) sellsAnyway() bool {
	stock := s.st.products[s.product].last().stock
	switch {
	case s.bug("out-of-stock-ignored"):
		s.held = 0
	case s.bug("partial-sale") && stock > 0:
		s.held = stock
		s.st.shift(s.product, -stock, stock)
	default:
		return false
	}
	s.confirmed = s.hit
	return true
}

// handOver takes the pieces from what is held. The caller holds mu.
func (s *saga) handOver() {
	switch {
	case s.bug("reserved-kept"):
		s.hit()
		return
	case s.bug("stock-taken-twice"):
		s.hit()
		s.st.shift(s.product, -s.held, 0)
	}
	s.st.shift(s.product, 0, -s.held)
}

// release moves the pieces back from held to free. The caller holds mu.
func (s *saga) release() {
	free, held, to := s.held, s.held, s.product
	switch {
	case s.bug("release-lost"):
		s.hit()
		return
	case s.bug("release-claimed"):
		free, held = 0, 0
	case s.bug("release-twice"):
		free *= 2
	case s.bug("release-vanishes"):
		free = 0
	case s.bug("release-one"):
		free, held = 1, 1
	case s.bug("release-wrong-product"):
		to = another(s.st.products, s.product)
	}
	s.hitIf(free != s.held || to != s.product)
	s.st.shift(to, free, 0)
	s.st.shift(s.product, 0, -held)
	s.done("reserve_stock", "compensate")
}

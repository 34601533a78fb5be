package stepshop

import (
	"encoding/json"
	"net/http"
	"time"
)

func (s *Shop) newCart(c call) answer {
	made := &cart{ID: s.state.id("cart"), User: c.user, Status: open, since: time.Now()}
	s.state.carts, s.state.cartsByID[made.ID] = append(s.state.carts, made), made
	return answer{status: http.StatusCreated, body: *made}
}

// usable returns the cart of a call, or the refusal.
func (s *Shop) usable(c call) (*cart, answer) {
	of := s.cart(c.PathValue("id"))
	switch {
	case of == nil:
		return nil, refuse(http.StatusNotFound, "no_cart")
	case of.User != c.user:
		return nil, refuse(http.StatusForbidden, "forbidden")
	case of.Status == expired:
		return nil, refuse(http.StatusGone, "cart_expired")
	case of.Status == paid && s.options.Defect != PaidTwice && !c.again:
		return nil, refuse(http.StatusConflict, "cart_paid")
	}
	return of, answer{}
}

func (s *Shop) addItem(c call) answer {
	to, no := s.usable(c)
	if to == nil {
		return no
	}
	number, _ := c.body["quantity"].(json.Number)
	quantity, err := number.Int64()
	product := s.state.products[c.id("product")]
	switch {
	case product == nil:
		return refuse(http.StatusNotFound, "unknown_product")
	case err != nil || quantity < 1:
		return refuse(http.StatusBadRequest, "malformed")
	case to.Product != "" && to.Product != product.ID:
		return refuse(http.StatusConflict, "other_product")
	case s.options.CartHolds && !product.hold(quantity), !s.options.CartHolds && product.OnHand-product.Allocated < quantity:
		return refuse(http.StatusConflict, "out_of_stock")
	}
	to.holds, to.Product, to.Quantity = s.options.CartHolds, product.ID, to.Quantity+quantity
	return answer{status: http.StatusCreated, body: *to}
}

func (s *Shop) pay(c call) answer {
	of, no := s.usable(c)
	switch {
	case of == nil:
		return no
	case of.Quantity == 0:
		return refuse(http.StatusUnprocessableEntity, "cart_empty")
	}
	product := s.state.products[of.Product]
	switch {
	case s.options.Settle == 0 && s.state.users[c.user].Balance < of.Quantity*product.Price:
		return refuse(http.StatusPaymentRequired, "insufficient_balance")
	case !of.holds && !product.hold(of.Quantity):
		return refuse(http.StatusConflict, "out_of_stock")
	}
	of.Status, of.holds = paid, false
	made := s.order(of, c.Header.Get("Idempotency-Key"), c.id("method"))
	if s.options.Settle == 0 {
		s.settle(made)
		if made.Status == confirmed {
			return answer{status: http.StatusCreated, body: *made}
		}
	} else {
		s.after(s.options.Settle, func() { s.settle(made) })
	}
	return answer{status: http.StatusAccepted, body: *made}
}

// reset drops carts and orders. Tokens stay valid.
func (s *Shop) reset(call) answer {
	next := s.state.generation + 1
	sessions := s.state.sessions
	s.state = s.options.state()
	s.state.generation, s.state.sessions = next, sessions
	return answer{status: http.StatusNoContent}
}

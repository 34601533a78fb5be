package merchant

import (
	"encoding/json"
	"net/http"
)

// price is that of each item, in cents.
const price = 500

// session is a checkout. Merchant.mu guards it.
type session struct {
	id, status, item, email string
	quantity                int64
	order                   string
	problem                 string // the code of a message
	readsLeft               int    // until a slow complete has ended
	ships                   bool
}

// object is a JSON object.
type object = map[string]any

// answer returns the checkout as an answer.
func (s *session) answer(status int) answer {
	amount := s.quantity * price
	totals := []object{{"type": "total", "display_text": "Total", "amount": amount}}
	shown := object{
		"id": s.id, "status": s.status, "currency": "usd", "buyer": object{"email": s.email},
		"line_items":          []object{{"id": "line_1", "item": object{"id": s.item}, "quantity": s.quantity, "totals": totals}},
		"totals":              totals,
		"fulfillment_options": []object{}, "links": []object{}, "messages": []object{},
		"capabilities": object{
			"payment":    object{"handlers": []object{{"id": "card_tokenized", "name": "dev.acp.tokenized.card"}}},
			"extensions": []object{{"name": "discount"}},
		},
	}
	if s.ships {
		shown["fulfillment_options"] = []object{{"type": "shipping", "id": "slow", "title": "Slow"}, {"type": "shipping", "id": "fast", "title": "Fast"}}
	}
	if s.order != "" {
		shown["order"] = object{"id": s.order, "checkout_session_id": s.id, "permalink_url": "https://merchant.example.com/orders/" + s.order}
	}
	if s.problem != "" {
		shown["messages"] = []object{{"type": "error", "code": s.problem, "content_type": "plain", "content": s.problem}}
	}
	body, _ := json.Marshal(shown)
	return answer{status: status, body: body}
}

// asked is what a body says.
type asked struct {
	Items     []line `json:"items"`
	LineItems []line `json:"line_items"`
	Buyer     struct {
		Email string `json:"email"`
	} `json:"buyer"`
	Selected []struct {
		Type     string   `json:"type"`
		OptionID string   `json:"option_id"`
		Items    []string `json:"item_ids"`
	} `json:"selected_fulfillment_options"`
	Payment *struct {
		Instrument struct {
			Credential struct {
				Token string `json:"token"`
			} `json:"credential"`
		} `json:"instrument"`
	} `json:"payment_data"`
}

type line struct {
	ID       string `json:"id"`
	Quantity int64  `json:"quantity"`
}

// create creates a checkout.
func (m *Merchant) create(p posted) answer {
	var a asked
	if json.Unmarshal(p.body, &a) != nil {
		return failure(http.StatusBadRequest, "invalid", "the body is not JSON")
	}
	lines := append(a.Items, a.LineItems...)
	if len(lines) != 1 || lines[0].ID == "" || lines[0].Quantity < 1 {
		return failure(http.StatusBadRequest, "invalid_item_id", "one item is sold at a time")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if lines[0].ID == m.options.FailingItem && m.failures == 0 {
		m.failures++
		return failure(http.StatusServiceUnavailable, "unavailable", "try again")
	}
	s := &session{id: id("cs", len(m.sessions)+1), status: "ready_for_payment", item: lines[0].ID, quantity: lines[0].Quantity, email: a.Buyer.Email, ships: m.options.Ships}
	if s.ships {
		s.status = "not_ready_for_payment"
	}
	if left, limited := m.stock[s.item]; limited && left < s.quantity {
		s.status, s.problem = "not_ready_for_payment", "out_of_stock"
	}
	m.sessions[s.id] = s
	return s.answer(http.StatusCreated)
}

// update changes the buyer of a checkout.
func (m *Merchant) update(p posted) answer {
	var a asked
	if json.Unmarshal(p.body, &a) != nil {
		return failure(http.StatusBadRequest, "invalid", "the body is not JSON")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sessions[p.PathValue("id")]
	if s == nil {
		return failure(http.StatusNotFound, "not_found", "there is no such checkout")
	}
	if a.Buyer.Email != "" {
		s.email = a.Buyer.Email
	}
	for _, o := range a.Selected {
		if o.Type != "shipping" || o.OptionID != "slow" && o.OptionID != "fast" || len(o.Items) != 1 || o.Items[0] != s.item {
			return failure(http.StatusBadRequest, "invalid_option", "there is no such option")
		}
		s.status = "ready_for_payment"
	}
	return s.answer(http.StatusOK)
}

// complete pays and makes the order.
func (m *Merchant) complete(p posted) answer {
	var a asked
	if json.Unmarshal(p.body, &a) != nil || a.Payment == nil {
		return failure(http.StatusBadRequest, "missing", "payment_data is missing")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sessions[p.PathValue("id")]
	switch {
	case s == nil:
		return failure(http.StatusNotFound, "not_found", "there is no such checkout")
	case s.status == "canceled", s.order != "" && !m.makesAnother(p):
		return failure(http.StatusConflict, "checkout_ended", "the checkout is "+s.status)
	case s.status == "not_ready_for_payment" && s.problem == "":
		return failure(http.StatusBadRequest, "not_ready", "no fulfillment option is chosen")
	case a.Payment.Instrument.Credential.Token == m.options.DeclinedToken && m.options.DeclinedToken != "":
		s.problem = "payment_declined"
		return s.answer(http.StatusOK)
	}
	if left, limited := m.stock[s.item]; limited && left < s.quantity {
		s.status, s.problem = "not_ready_for_payment", "out_of_stock"
		return s.answer(http.StatusOK)
	} else if limited {
		m.stock[s.item] = left - s.quantity
	}
	o := Order{id("ord", len(m.orders)+1), s.id, s.item, s.quantity}
	m.orders = append(m.orders, o)
	s.order, s.status = o.ID, "completed"
	if m.options.Slow > 0 {
		s.status, s.readsLeft = "complete_in_progress", m.options.Slow
	}
	return m.shown(s)
}

// shown returns the answer to complete; the order is not named before it has ended.
func (m *Merchant) shown(s *session) answer {
	if s.status == "completed" {
		return s.answer(http.StatusOK)
	}
	early := *s
	early.order = ""
	return early.answer(http.StatusAccepted)
}

// makesAnother reports whether a defect makes another order of a completed checkout.
func (m *Merchant) makesAnother(p posted) bool {
	switch m.options.Defect {
	case OrderPerKey, RepeatsComplete, NoKeys:
		return true
	case OrderPerKeyAtOnce, CompletesTwice:
		return p.isAtOnce()
	}
	return false
}

// progress has a slow complete come nearer to its end, by a read.
func (m *Merchant) progress(s *session) {
	if s.status != "complete_in_progress" {
		return
	}
	if s.readsLeft--; s.readsLeft <= 0 {
		s.status = "completed"
	}
}

// cancel ends a checkout without an order.
func (m *Merchant) cancel(p posted) answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sessions[p.PathValue("id")]
	switch {
	case s == nil:
		return failure(http.StatusNotFound, "not_found", "there is no such checkout")
	case s.order != "", s.status == "canceled":
		return failure(http.StatusMethodNotAllowed, "not_cancelable", "the checkout is "+s.status)
	}
	s.status = "canceled"
	return s.answer(http.StatusOK)
}

package stepshop

import "net/http"

func (s *Shop) health(call) answer {
	return answer{status: http.StatusOK, body: map[string]string{"status": "ok"}}
}

func (s *Shop) orders(c call) answer {
	list := []order{}
	for _, o := range s.state.orders {
		if c.user == "" || c.user == o.User {
			list = append(list, *o)
		}
	}
	if s.options.Drafts {
		for _, of := range s.state.carts {
			if of.Status != paid && (c.user == "" || c.user == of.User) {
				list = append(list, order{ID: of.ID, User: of.User, Product: of.Product, Quantity: of.Quantity, Status: "draft", Created: of.since, Updated: of.since})
			}
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{"orders": list}}
}

func (s *Shop) oneOrder(c call) answer {
	switch o := s.state.ordersByID[c.PathValue("id")]; {
	case o == nil:
		return refuse(http.StatusNotFound, "no_order")
	case c.user != "" && c.user != o.User:
		return refuse(http.StatusForbidden, "forbidden")
	default:
		return answer{status: http.StatusOK, body: *o}
	}
}

func (s *Shop) carts(c call) answer {
	list := []cart{}
	for _, of := range s.state.carts {
		s.expire(of)
		if c.user == "" || c.user == of.User {
			list = append(list, *of)
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{"carts": list}}
}

func (s *Shop) oneProduct(c call) answer {
	for _, of := range s.state.carts {
		s.expire(of)
	}
	if p := s.state.products[c.PathValue("id")]; p != nil {
		return answer{status: http.StatusOK, body: *p}
	}
	return refuse(http.StatusNotFound, "unknown_product")
}

func (s *Shop) oneUser(c call) answer {
	if u := s.state.users[c.PathValue("id")]; u != nil {
		return answer{status: http.StatusOK, body: *u}
	}
	return refuse(http.StatusNotFound, "unknown_user")
}

func (s *Shop) entries(call) answer {
	return answer{status: http.StatusOK, body: map[string]any{"ledger": append([]entry{}, s.state.ledger...)}}
}

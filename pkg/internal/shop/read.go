package shop

import (
	"fmt"
	"net/http"
	"strconv"

	"sagalab/pkg/internal/provenance"
	"sagalab/pkg/purchase"
)

// The bounds of a page.
const (
	defaultLimit = 100
	maxLimit     = 1000
)

// getHealth is GET /health: the service takes purchases and reaches its orders.
func (s *Shop) getHealth(w http.ResponseWriter, r *http.Request) error {
	if s.closing.Load() {
		return purchase.NewProblem(purchase.Overloaded, "the service is stopping")
	}
	if _, err := s.orders.unfinished(1, s.standing()); err != nil {
		s.logger.Error("not healthy", "error", err)
		return purchase.NewProblem(purchase.Overloaded, "the service cannot reach its database")
	}
	answer(w, http.StatusOK, map[string]string{"status": "ok"})
	return nil
}

// getVersion is GET /version: what the service is, for those who measure it.
func (s *Shop) getVersion(w http.ResponseWriter, r *http.Request) error {
	answer(w, http.StatusOK, purchase.Version{Name: "sagalab reference service", Version: provenance.Here().Build()})
	return nil
}

func (s *Shop) getOrder(w http.ResponseWriter, r *http.Request) error {
	o, found, err := s.order(r.PathValue("id"))
	if err == nil && !found {
		err = purchase.NewProblem(purchase.UnknownOrder, fmt.Sprintf("there is no order %.60q", r.PathValue("id")))
	}
	if err == nil {
		answer(w, http.StatusOK, o)
	}
	return err
}

func (s *Shop) getOrders(w http.ResponseWriter, r *http.Request) error {
	after, limit, err := pageOf(r)
	if err != nil {
		return malformed(err)
	}
	page, err := s.page(after, limit)
	if err == nil {
		answer(w, http.StatusOK, page)
	}
	return err
}

func (s *Shop) getLedger(w http.ResponseWriter, r *http.Request) error {
	after, limit, err := pageOf(r)
	if err != nil {
		return malformed(err)
	}
	page, err := s.payments.ledger(after, limit)
	if err == nil {
		answer(w, http.StatusOK, page)
	}
	return err
}

func (s *Shop) getProduct(w http.ResponseWriter, r *http.Request) error {
	return lookUp(w, r, s.stock.product, purchase.UnknownProduct, "product")
}

func (s *Shop) getUser(w http.ResponseWriter, r *http.Request) error {
	return lookUp(w, r, s.payments.user, purchase.UnknownUser, "user")
}

// lookUp answers with what find knows under the number in the path.
func lookUp[T any](w http.ResponseWriter, r *http.Request, find func(int64) (T, bool, error), unknown purchase.Code, what string) error {
	id, bad := strconv.ParseInt(r.PathValue("id"), 10, 64)
	v, found, err := find(id)
	switch {
	case err != nil:
		return err
	case bad != nil || !found:
		return purchase.NewProblem(unknown, fmt.Sprintf("there is no %s %.60q", what, r.PathValue("id")))
	}
	answer(w, http.StatusOK, v)
	return nil
}

// pageOf reads the parameters after and limit. A cursor is the number of the last
// row of the page before, but that is nobody else's business.
func pageOf(r *http.Request) (after int64, limit int, err error) {
	q := r.URL.Query()
	limit = defaultLimit
	if text := q.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxLimit {
			return 0, 0, fmt.Errorf("limit is %.40q, want an integer from 1 to %d", text, maxLimit)
		}
	}
	if text := q.Get("after"); text != "" {
		if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < 0 {
			return 0, 0, fmt.Errorf("after is %.40q, want a cursor that an answer gave as next", text)
		}
	}
	return after, limit, nil
}

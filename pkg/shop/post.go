package shop

import (
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"sagalab/pkg/purchase"
)

// postPurchase is POST /purchase.
func (s *Shop) postPurchase(w http.ResponseWriter, r *http.Request) error {
	body, err := readJSON(w, r, maxPurchaseBody)
	if err != nil {
		return err
	}
	req, err := parseRequest(body, r.Header.Values("Idempotency-Key"))
	if err != nil {
		return malformed(err)
	}
	order, replayed, err := s.buy(r, req)
	if err != nil {
		return err
	}
	return s.outcome(w, order, replayed)
}

// buy takes a purchase to its end, or joins the one that has the same key. It
// returns the order as it is when the wait is over.
func (s *Shop) buy(r *http.Request, req purchase.Request) (o purchase.Order, replayed bool, err error) {
	if err := s.admission.enter(); err != nil {
		return o, false, purchase.NewProblem(purchase.Overloaded, err.Error()+"; ask again later")
	}
	handedOn := false
	defer func() {
		if !handedOn {
			s.admission.leave()
		}
	}()
	if err := s.catalog.Load().check(req); err != nil {
		return o, false, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return o, false, err
	}
	// The flight comes before the order, so that the order never looks stranded.
	f := s.flights.open(id.String())
	o, created, err := s.orders.create(id.String(), req)
	if !created {
		s.flights.close(id.String())
		f.land(err)
		if err != nil {
			return o, false, err
		}
		if !same(o, req) {
			return o, false, purchase.NewProblem(purchase.KeyReused,
				"the idempotency key was used for another purchase: use a new key for a new purchase")
		}
		if f = s.flights.get(o.OrderID); f == nil && !o.Status.Terminal() {
			f = &flight{landed: make(chan struct{})} // stranded: resume.go is about to take it up
		}
	} else {
		handedOn = true
		s.begin(f, o)
	}
	s.await(r, f)
	o, known, found, err := s.orders.order(o.OrderID)
	switch {
	case err != nil:
	case !found: // a new scene came in between
		err = purchase.NewProblem(purchase.Overloaded, "a new scene was set meanwhile; ask again")
	case o.Status.Terminal(): // otherwise a participant may hang, and is not asked
		o, err = s.whole(o, known)
	}
	return o, !created, err
}

// await waits for a saga to return, for as long as a request may wait.
func (s *Shop) await(r *http.Request, f *flight) {
	if f == nil {
		return
	}
	patience := time.NewTimer(s.config.Wait)
	defer patience.Stop()
	select {
	case <-f.landed:
	case <-patience.C:
	case <-r.Context().Done(): // nobody reads the answer any more
	}
}

// same tells whether an order was made by the same request. The payload is
// compared itself, there is no need for a hash of it.
func same(o purchase.Order, r purchase.Request) bool {
	return o.UserID == r.UserID && o.ProductID == r.ProductID &&
		o.Quantity == r.Quantity && o.PaymentMethodID == r.PaymentMethodID
}

// check refuses what the scene does not know.
func (c *catalog) check(r purchase.Request) error {
	switch {
	case !c.users[r.UserID]:
		return purchase.NewProblem(purchase.UnknownUser, fmt.Sprintf("there is no user %d", r.UserID))
	case !c.products[r.ProductID]:
		return purchase.NewProblem(purchase.UnknownProduct, fmt.Sprintf("there is no product %d", r.ProductID))
	case r.PaymentMethodID != r.UserID: // payment method n belongs to user n
		return purchase.NewProblem(purchase.UnknownPaymentMethod,
			fmt.Sprintf("user %d has no payment method %d", r.UserID, r.PaymentMethodID))
	}
	return nil
}

// outcome answers with what became of an order.
func (s *Shop) outcome(w http.ResponseWriter, o purchase.Order, replayed bool) error {
	switch {
	case o.Status == purchase.Confirmed && replayed:
		w.Header().Set("Idempotent-Replayed", "true")
		answer(w, http.StatusOK, o)
		return nil
	case o.Status == purchase.Confirmed:
		w.Header().Set("Location", "/orders/"+o.OrderID)
		answer(w, http.StatusCreated, o)
		return nil
	}
	p := purchase.NewProblem(purchase.InProgress, "the purchase is still in progress: ask again with the same key")
	if o.Status == purchase.Cancelled {
		p = purchase.NewProblem(o.Reason, refusal(o))
	}
	p.OrderID = o.OrderID
	return p
}

// refusal tells why an order was cancelled.
func refusal(o purchase.Order) string {
	if o.Reason == purchase.InsufficientBalance {
		return fmt.Sprintf("the balance of user %d does not cover %d; the purchase was taken back", o.UserID, o.Amount)
	}
	return fmt.Sprintf("product %d cannot be had %d times; the purchase was taken back", o.ProductID, o.Quantity)
}

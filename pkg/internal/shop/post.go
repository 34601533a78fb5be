package shop

import (
	"errors"
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
	id, err := uuid.NewV7()
	if err != nil {
		return o, false, err
	}
	o, f, created, err := s.place(id.String(), req)
	if err != nil {
		return o, false, s.unplaced(req, err)
	}
	leave := func() {}
	switch {
	case created:
		handedOn = true
		s.begin(f, o)
	case !same(o, req):
		return o, false, purchase.NewProblem(purchase.KeyReused,
			"the idempotency key was used for another purchase: use a new key for a new purchase")
	case f == nil && !o.Status.Terminal(): // it runs in another process, or is stranded
		f, leave = s.watched.join(o.OrderID)
	}
	s.await(r, f)
	leave()
	o, err = s.now(o)
	return o, !created, err
}

// place stores an order under a flight, or finds the one that has its key and the
// flight that this is on here, if any.
func (s *Shop) place(id string, req purchase.Request) (o purchase.Order, f *flight, created bool, err error) {
	for tries := 0; ; tries++ {
		if err := s.known(req); err != nil {
			return o, nil, false, err
		}
		by := s.standing()
		// The flight comes before the order, so that the order never looks stranded.
		f = s.flights.open(id, by.process)
		o, created, err = s.orders.create(id, req, by)
		if created {
			return o, f, true, nil
		}
		s.flights.close(id)
		f.land(err)
		if err == nil {
			return o, s.flights.get(o.OrderID), false, nil
		}
		if tries == 3 || !errors.Is(err, errStale) {
			return o, nil, false, err
		}
		if err := s.reloadCatalog(); err != nil {
			return o, nil, false, err
		}
	}
}

// known refuses who and what the scene does not know.
func (s *Shop) known(req purchase.Request) error {
	before := s.catalog.Load()
	err := before.check(req)
	if err == nil || s.peers == nil {
		return err
	}
	// Another process may have set another scene.
	if err := s.reloadCatalog(); err != nil {
		return err
	}
	return s.catalog.Load().check(req)
}

// unplaced says what to do about an order that was not stored, as far as is known.
func (s *Shop) unplaced(req purchase.Request, err error) error {
	switch {
	case errors.Is(err, errPaused), errors.Is(err, errLost), errors.Is(err, errStale):
		return purchase.NewProblem(purchase.Overloaded, err.Error()+"; ask again later")
	case errors.Is(err, errUncertain) && req.IdempotencyKey == "":
		return err
	case errors.Is(err, errUncertain):
		s.logger.Warn("a purchase may be stored or not", "error", err)
		return purchase.NewProblem(purchase.InProgress, "the database went away meanwhile: ask again with the same key")
	case unreachable(err):
		s.logger.Warn("a purchase was turned away", "error", err)
		return purchase.NewProblem(purchase.Overloaded, "the service cannot reach its database; ask again later")
	}
	return err
}

// now reads an order again, whole if it has come to its end: otherwise a
// participant may hang, and is not asked.
func (s *Shop) now(o purchase.Order) (purchase.Order, error) {
	is, known, found, err := s.orders.order(o.OrderID)
	switch {
	case err == nil && !found:
		return o, purchase.NewProblem(purchase.Overloaded, "a new scene was set meanwhile; ask again")
	case err == nil && is.Status.Terminal():
		is, err = s.whole(is, known)
	}
	if unreachable(err) {
		s.logger.Warn("nobody knows how a purchase is doing", "order_id", o.OrderID, "error", err)
		o.Status = purchase.Pending // which is what the client is told
		return o, nil
	}
	return is, err
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

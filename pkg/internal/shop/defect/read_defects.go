package defect

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sagalab/pkg/internal/shop/httpio"
	"sagalab/pkg/purchase"
)

// The defects of the reads.

// view changes the answers to reads; either function may be nil.
type view struct {
	// order changes an order, which is read by itself (single) or in a list, or hides
	// it.
	order   func(o *purchase.Order, single bool) (hidden bool)
	product func(p *purchase.Product)
}

// changeReads applies the defects' views to the answers of next. For all defects it
// removes marks from keys and adds the steps that no barrier has recorded.
func changeReads(d *Set, next http.Handler) http.Handler {
	views := []view{{order: func(o *purchase.Order, _ bool) bool {
		o.IdempotencyKey = strings.TrimSuffix(o.IdempotencyKey, secondKeySuffix)
		d.showHiddenSteps(o)
		return false
	}}}
	for _, k := range d.on {
		if k.view != nil {
			views = append(views, k.view(d))
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if r.Method != http.MethodGet || (path != "orders" && path != "products") {
			next.ServeHTTP(w, r)
			return
		}
		got := newBufferedResponse()
		next.ServeHTTP(got, r)
		if got.status == http.StatusOK {
			got = applyViews(got, r.URL.Path, views)
		}
		got.send(w)
	})
}

// applyViews returns the answer to a read as the views change it.
func applyViews(got *bufferedResponse, path string, views []view) *bufferedResponse {
	switch changed := newBufferedResponse(); {
	case path == "/orders":
		var page purchase.Orders
		if json.Unmarshal(got.body.Bytes(), &page) != nil {
			return got
		}
		shown := purchase.Orders{Orders: []purchase.Order{}, Next: page.Next}
		for _, o := range page.Orders {
			if !applyOrderViews(&o, views, false) {
				shown.Orders = append(shown.Orders, o)
			}
		}
		httpio.WriteJSON(changed, got.status, shown)
		return changed
	case strings.HasPrefix(path, "/orders/"):
		var o purchase.Order
		if json.Unmarshal(got.body.Bytes(), &o) != nil {
			return got
		}
		if applyOrderViews(&o, views, true) {
			httpio.WriteProblem(changed, purchase.NewProblem(purchase.UnknownOrder, fmt.Sprintf("there is no order %.60q", o.OrderID)))
		} else {
			httpio.WriteJSON(changed, got.status, o)
		}
		return changed
	default:
		var p purchase.Product
		if json.Unmarshal(got.body.Bytes(), &p) != nil {
			return got
		}
		for _, v := range views {
			if v.product != nil {
				v.product(&p)
			}
		}
		httpio.WriteJSON(changed, got.status, p)
		return changed
	}
}

// applyOrderViews changes an order by all views and reports whether one hides it.
func applyOrderViews(o *purchase.Order, views []view, single bool) bool {
	hide := false
	for _, v := range views {
		if v.order != nil && v.order(o, single) {
			hide = true
		}
	}
	return hide
}

// countRead counts the reads of an order or a product, this one included.
func (s *Set) countRead(of string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads[of]++
	return s.reads[of]
}

func negativeStock(d *Set) view {
	return view{product: func(p *purchase.Product) {
		product := "product " + p.ProductID.String()
		if d.countRead(product)%2 == 0 {
			p.Stock = -1
			d.recordStrike(NegativeStock, product)
		}
	}}
}

func statusBackwards(d *Set) view {
	return view{order: func(o *purchase.Order, single bool) bool {
		if single && o.Status == purchase.Confirmed && d.strikes(StatusBackwards, o.IdempotencyKey) && d.countRead("order "+o.OrderID)%2 == 0 {
			o.Status = purchase.Pending
			d.recordStrike(StatusBackwards, o.OrderID)
		}
		return false
	}}
}

func lostOrder(d *Set) view {
	return view{order: func(o *purchase.Order, _ bool) bool {
		lost := o.Status == purchase.Confirmed && d.strikes(LostOrder, o.IdempotencyKey)
		if lost {
			d.recordStrike(LostOrder, o.OrderID)
		}
		return lost
	}}
}

func missingStep(d *Set) view {
	return view{order: func(o *purchase.Order, _ bool) bool {
		if o.Status != purchase.Confirmed || !d.strikes(MissingStep, o.IdempotencyKey) {
			return false
		}
		o.Steps = slices.DeleteFunc(o.Steps, func(s purchase.Step) bool { return s.Step == purchase.ChargePayment })
		for i := range o.Steps {
			o.Steps[i].Seq = i + 1
		}
		d.recordStrike(MissingStep, o.OrderID)
		return false
	}}
}

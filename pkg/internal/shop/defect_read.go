package shop

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"sagalab/pkg/purchase"
)

// The defects of the reads.

// view changes what a read shows; either part may be nil.
type view struct {
	// order changes an order that is about to be shown, by itself (single) or in a
	// list, or hides it.
	order   func(o *purchase.Order, single bool) (hidden bool)
	product func(p *purchase.Product)
}

// showing is the handler whose reads are changed by the defects' views. What all
// defects have done shows in the orders' keys and traces.
func (d *defects) showing(next http.Handler) http.Handler {
	views := []view{{order: func(o *purchase.Order, _ bool) bool {
		o.IdempotencyKey = strings.TrimSuffix(o.IdempotencyKey, again)
		d.retrace(o)
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
		got := newHeld()
		next.ServeHTTP(got, r)
		if got.status == http.StatusOK {
			got = reshown(got, r.URL.Path, views)
		}
		got.send(w)
	})
}

// reshown is a read's answer as the views change it.
func reshown(got *held, path string, views []view) *held {
	switch changed := newHeld(); {
	case path == "/orders":
		var page purchase.Orders
		if json.Unmarshal(got.body.Bytes(), &page) != nil {
			return got
		}
		shown := purchase.Orders{Orders: []purchase.Order{}, Next: page.Next}
		for _, o := range page.Orders {
			if !hidden(&o, views, false) {
				shown.Orders = append(shown.Orders, o)
			}
		}
		answer(changed, got.status, shown)
		return changed
	case strings.HasPrefix(path, "/orders/"):
		var o purchase.Order
		if json.Unmarshal(got.body.Bytes(), &o) != nil {
			return got
		}
		if hidden(&o, views, true) {
			refuse(changed, purchase.NewProblem(purchase.UnknownOrder, fmt.Sprintf("there is no order %.60q", o.OrderID)))
		} else {
			answer(changed, got.status, o)
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
		answer(changed, got.status, p)
		return changed
	}
}

// hidden changes an order by all views and reports whether one of them hides it.
func hidden(o *purchase.Order, views []view, single bool) bool {
	hide := false
	for _, v := range views {
		if v.order != nil && v.order(o, single) {
			hide = true
		}
	}
	return hide
}

// look counts the looks at something, this one included.
func (d *defects) look(at string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looks[at]++
	return d.looks[at]
}

func (d *defects) negativeStock() view {
	return view{product: func(p *purchase.Product) {
		product := "product " + strconv.FormatInt(p.ProductID, 10)
		if d.look(product)%2 == 0 {
			p.Stock = -1
			d.note(NegativeStock, product)
		}
	}}
}

func (d *defects) statusBackwards() view {
	return view{order: func(o *purchase.Order, single bool) bool {
		if single && o.Status == purchase.Confirmed && d.strikes(StatusBackwards, o.IdempotencyKey) && d.look("order "+o.OrderID)%2 == 0 {
			o.Status = purchase.Pending
			d.note(StatusBackwards, o.OrderID)
		}
		return false
	}}
}

func (d *defects) lostOrder() view {
	return view{order: func(o *purchase.Order, _ bool) bool {
		lost := o.Status == purchase.Confirmed && d.strikes(LostOrder, o.IdempotencyKey)
		if lost {
			d.note(LostOrder, o.OrderID)
		}
		return lost
	}}
}

package bookshop_test

import (
	"cmp"
	"fmt"
	"maps"
	"strings"

	"github.com/tidwall/gjson"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// Bookshop is how the shop is addressed, as in notebook 06.
type Bookshop struct{}

func (Bookshop) Request(c purchase.Call) (retry.Request, error) {
	p := c.Purchase
	r, err := retry.PostJSON("/v2/orders", map[string]any{"customer": p.UserID.String(), "sku": p.ProductID.String(), "copies": p.Quantity})
	return r.With("X-Request-Id", c.Key), err
}

var means = map[string]purchase.Meaning{
	"paid": purchase.MeansConfirmed, "no_copies_left": purchase.MeansNoStock, "empty_wallet": purchase.MeansNoMoney,
	"still_working": purchase.MeansInProgress, "other_order": purchase.MeansKeyReused, "unknown_book": purchase.MeansInvalid,
}

func (Bookshop) Read(_ purchase.Call, a retry.Attempt) purchase.Answer {
	order := gjson.GetBytes(a.Body, "order")
	word := cmp.Or(order.Get("because").String(), order.Get("state").String(), gjson.GetBytes(a.Body, "error").String())
	return purchase.Answer{Meaning: means[word], Reason: word, OrderID: order.Get("number").String(), Amount: cents(order.Get("total"))}
}

func cents(v gjson.Result) int64 { return gjson.Parse(strings.Replace(v.String(), ".", "", 1)).Int() }

var states = map[string]purchase.Status{"open": purchase.Pending, "paid": purchase.Confirmed, "rejected": purchase.Cancelled}

func (Bookshop) OrdersPage(s purchase.Service, page string, _ int) (list purchase.Orders, err error) {
	n := max(1, gjson.Parse(page).Int())
	all, err := s.JSON(fmt.Sprintf("/v2/orders?page=%d", n))
	for _, o := range all.Get("orders").Array() {
		list.Orders = append(list.Orders, purchase.Order{OrderID: o.Get("number").String(), Status: states[o.Get("state").String()],
			UserID: purchase.TextID(o.Get("customer").String()), ProductID: purchase.TextID(o.Get("lines.0.sku").String()),
			Quantity: o.Get("lines.0.copies").Int(), Amount: cents(o.Get("total"))})
	}
	if n < all.Get("pages").Int() {
		list.Next = fmt.Sprint(n + 1)
	}
	return list, err
}

func (Bookshop) Product(s purchase.Service, sku purchase.ID) (purchase.Product, error) {
	v, err := s.JSON("/v2/books/" + purchase.PathSegment(sku.String()))
	return purchase.Product{ProductID: sku, Price: cents(v.Get("price")), Stock: v.Get("copies.on_shelf").Int(), Reserved: v.Get("copies.set_aside").Int()}, err
}

func (Bookshop) User(s purchase.Service, name purchase.ID) (purchase.User, error) {
	v, err := s.JSON("/v2/customers/" + purchase.PathSegment(name.String()))
	return purchase.User{UserID: name, Balance: cents(v.Get("wallet"))}, err
}

func (Bookshop) Ledger(s purchase.Service) ([]purchase.Entry, error) {
	kinds := map[string]string{"debit": purchase.Charge, "credit": purchase.Refund}
	return purchase.Rows(s, "/v2/payments", "@this", func(p gjson.Result) purchase.Entry {
		return purchase.Entry{EntryID: p.Get("payment").String(), OrderID: p.Get("order").String(), UserID: purchase.TextID(p.Get("customer").String()),
			Kind: kinds[p.Get("kind").String()], Amount: cents(p.Get("amount"))}
	})
}

func (Bookshop) SetFixture(s purchase.Service, f purchase.Fixture) error {
	money := func(n int64) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }
	books, customers := map[string]any{}, map[string]string{}
	for _, p := range f.Products {
		books[p.ProductID.String()] = map[string]any{"copies": p.Stock, "price": money(p.Price)}
	}
	for _, u := range f.Users {
		customers[u.UserID.String()] = money(u.Balance)
	}
	r, err := retry.PostJSON("/test/reset", map[string]any{"books": maps.Clone(books), "customers": customers})
	if err == nil {
		_, err = s.Send(r)
	}
	return err
}

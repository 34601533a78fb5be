package stepshop

import (
	"net/http"

	"github.com/tidwall/gjson"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// Adapter buys at a Shop: a login, the steps cart, item and pay, and polls of the order. The
// zero value is ready; what embeds it can do a part of it otherwise.
type Adapter struct {
	// Times are those of the polls, the zero value the default's.
	Times purchase.PollTimes
}

// Keyless is an Adapter that sends no idempotency keys.
type Keyless struct{ Adapter }

// Offers says what Adapter offers, but for keys.
func (k Keyless) Offers() purchase.Offers {
	offers := purchase.OffersOf(k.Adapter)
	offers.Keys = false
	return offers
}

// Steps returns cart, item and pay.
func (Adapter) Steps() []string { return []string{"cart", "item", "pay"} }

// PollTimes returns Times.
func (a Adapter) PollTimes() purchase.PollTimes { return a.Times }

// Login sends the id of the user.
func (Adapter) Login(user purchase.ID) (retry.Request, error) {
	return retry.PostJSON("/sessions", map[string]string{"user": user.String()})
}

// ReadLogin keeps the token.
func (Adapter) ReadLogin(_ purchase.ID, a retry.Attempt) (map[string]string, error) {
	if !a.OK() {
		return nil, purchase.StatusError(a.Status)
	}
	return map[string]string{"token": a.Header.Get("X-Auth-Token")}, nil
}

// Request sends a step.
func (Adapter) Request(c purchase.Call) (r retry.Request, err error) {
	path := "/carts/" + purchase.PathSegment(c.Kept["cart"])
	switch c.Step {
	case "cart":
		r, err = retry.PostJSON("/carts", struct{}{})
	case "item":
		r, err = retry.PostJSON(path+"/items", map[string]any{"product": c.Purchase.ProductID.String(), "quantity": c.Purchase.Quantity})
	default:
		r, err = retry.PostJSON(path+"/pay", map[string]string{"method": c.Purchase.PaymentMethodID.String()})
	}
	return authorized(r, c).WithKey(c.Key), err
}

func authorized(r retry.Request, c purchase.Call) retry.Request {
	return r.With("X-Auth-Token", c.Kept["token"])
}

// Read says what the answer to a step means.
func (Adapter) Read(c purchase.Call, a retry.Attempt) purchase.Answer {
	body := gjson.ParseBytes(a.Body)
	switch code := body.Get("code").String(); {
	case a.OK() && c.Step == "pay":
		return answerOf(body)
	case a.OK():
		return purchase.Answer{Meaning: purchase.MeansConfirmed}
	case code != "":
		return purchase.Answer{Meaning: meanings[code], Reason: code}
	}
	return purchase.Answer{}
}

// meanings are those of the codes of refusals; others are unclear.
var meanings = map[string]purchase.Meaning{
	"out_of_stock": purchase.MeansNoStock, "insufficient_balance": purchase.MeansNoMoney, "cart_expired": purchase.MeansDeclined,
	"cart_paid": purchase.MeansDeclined, "forbidden": purchase.MeansInvalid, "malformed": purchase.MeansInvalid,
	"unknown_product": purchase.MeansInvalid, "unknown_user": purchase.MeansInvalid, "no_cart": purchase.MeansInvalid,
	"in_progress": purchase.MeansInProgress, "key_reused": purchase.MeansKeyReused, "unauthorized": purchase.MeansTurnedAway,
}

// answerOf reads an order as the answer to its payment or to a poll.
func answerOf(order gjson.Result) purchase.Answer {
	answer := purchase.Answer{OrderID: order.Get("id").String(), Amount: order.Get("amount").Int()}
	switch order.Get("status").String() {
	case confirmed:
		answer.Meaning = purchase.MeansConfirmed
	case cancelled:
		answer.Reason = order.Get("reason").String()
		answer.Meaning = meanings[answer.Reason]
	case pending:
		answer.Meaning = purchase.MeansPending
	}
	return answer
}

// Keep keeps the id of the cart.
func (Adapter) Keep(c purchase.Call, a retry.Attempt) (map[string]string, error) {
	if c.Step != "cart" {
		return nil, nil
	}
	return map[string]string{"cart": gjson.GetBytes(a.Body, "id").String()}, nil
}

// Poll asks for the order.
func (Adapter) Poll(c purchase.Call) (retry.Request, error) {
	return authorized(retry.Get("/orders/"+purchase.PathSegment(c.Order)), c), nil
}

// ReadPoll reads the order.
func (Adapter) ReadPoll(_ purchase.Call, a retry.Attempt) purchase.Answer {
	if a.Status != http.StatusOK {
		return purchase.Answer{}
	}
	return answerOf(gjson.ParseBytes(a.Body))
}

// Health asks whether the shop is there.
func (Adapter) Health() retry.Request { return retry.Get("/health") }

// Reset drops all carts and orders.
func (Adapter) Reset(s purchase.Service) error {
	_, err := s.Send(retry.Request{Path: "/reset"})
	return err
}

// Orders returns all orders.
func (Adapter) Orders(s purchase.Service) ([]purchase.Order, error) {
	return purchase.Rows(s, "/orders", "orders", orderOf)
}

// Order returns one order.
func (Adapter) Order(s purchase.Service, id string) (purchase.Order, error) {
	v, err := s.JSON("/orders/" + purchase.PathSegment(id))
	return orderOf(v), err
}

func orderOf(v gjson.Result) purchase.Order {
	return purchase.Order{
		OrderID: v.Get("id").String(), IdempotencyKey: v.Get("key").String(), Quantity: v.Get("quantity").Int(), Amount: v.Get("amount").Int(),
		UserID: idOf(v.Get("user")), ProductID: idOf(v.Get("product")), PaymentMethodID: idOf(v.Get("method")),
		Status: purchase.Status(v.Get("status").String()), Reason: purchase.Code(v.Get("reason").String()),
		CreatedAt: v.Get("created").Time(), UpdatedAt: v.Get("updated").Time(),
	}
}

// idOf reads an id, 0 when there is none.
func idOf(v gjson.Result) purchase.ID {
	id, _ := purchase.ParseID(v.String())
	return id
}

// Product returns the price of a product, and its stock without what is allocated.
func (Adapter) Product(s purchase.Service, id purchase.ID) (purchase.Product, error) {
	v, err := s.JSON("/products/" + purchase.PathSegment(id.String()))
	allocated := v.Get("allocated").Int()
	return purchase.Product{ProductID: id, Price: v.Get("price").Int(), Stock: v.Get("on_hand").Int() - allocated, Reserved: allocated}, err
}

// User returns the balance of a user.
func (Adapter) User(s purchase.Service, id purchase.ID) (purchase.User, error) {
	v, err := s.JSON("/users/" + purchase.PathSegment(id.String()))
	return purchase.User{UserID: id, Balance: v.Get("balance").Int()}, err
}

// Ledger returns all charges and refunds.
func (Adapter) Ledger(s purchase.Service) ([]purchase.Entry, error) {
	return purchase.Rows(s, "/ledger", "ledger", func(v gjson.Result) purchase.Entry {
		return purchase.Entry{EntryID: v.Get("id").String(), OrderID: v.Get("order").String(), UserID: idOf(v.Get("user")),
			Kind: v.Get("kind").String(), Amount: v.Get("amount").Int(), At: v.Get("at").Time()}
	})
}

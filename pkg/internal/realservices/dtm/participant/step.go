package participant

import "fmt"

// step is what one operation does to a participant that is locked: all of it, or nothing and a refusal.
type step func(p *Participant, gid string, payload Payload) error

// steps has the path of each operation.
var steps = map[string]step{
	"/orders/create":   create,
	"/orders/cancel":   cancel,
	"/stock/deduct":    deduct,
	"/stock/restore":   restore,
	"/payments/charge": charge,
	"/payments/refund": refund,
	"/orders/confirm":  confirm,
}

func create(p *Participant, gid string, b Payload) error {
	if _, known := p.users[b.User]; !known {
		return errNoUser
	}
	if _, known := p.products[b.Product]; !known {
		return errNoProduct
	}
	if b.Quantity < 1 {
		return errQuantity
	}
	order := &Order{ID: gid, User: b.User, Product: b.Product, Quantity: b.Quantity, Status: "PENDING"}
	if p.orders[gid] == nil {
		p.orders[gid] = order
		p.sequence = append(p.sequence, order)
	}
	return nil
}

func cancel(p *Participant, gid string, _ Payload) error {
	if order := p.orders[gid]; order != nil {
		order.Status = "CANCELLED"
	}
	return nil
}

func confirm(p *Participant, gid string, _ Payload) error {
	p.orders[gid].Status = "CONFIRMED"
	return nil
}

func deduct(p *Participant, _ string, b Payload) error {
	product := p.products[b.Product]
	if product.OnHand < b.Quantity {
		return errOutOfStock
	}
	product.OnHand -= b.Quantity
	p.products[b.Product] = product
	return nil
}

func restore(p *Participant, _ string, b Payload) error {
	product := p.products[b.Product]
	product.OnHand += b.Quantity
	p.products[b.Product] = product
	return nil
}

func charge(p *Participant, gid string, b Payload) error {
	amount := p.products[b.Product].Price * b.Quantity
	if p.users[b.User] < amount {
		return errNoMoney
	}
	p.users[b.User] -= amount
	p.orders[gid].Amount = amount
	p.ledger = append(p.ledger, Entry{fmt.Sprint(gid, "/", len(p.ledger)), gid, b.User, "charge", -amount})
	return nil
}

func refund(p *Participant, gid string, b Payload) error {
	amount := p.products[b.Product].Price * b.Quantity
	p.users[b.User] += amount
	p.ledger = append(p.ledger, Entry{fmt.Sprint(gid, "/", len(p.ledger)), gid, b.User, "refund", amount})
	return nil
}

package adapters

import (
	"fmt"

	"sagalab/pkg/purchase"
)

// OrdersPage implements purchase.OrderPager.
func (f *File) OrdersPage(s purchase.Service, after string, limit int) (purchase.Orders, error) {
	if f.orders == nil {
		return purchase.Orders{}, f.lacks("orders")
	}
	page, err := f.orders.page(s, after, limit)
	return page, f.in("orders", err)
}

// Order implements purchase.OrderReader.
func (f *File) Order(s purchase.Service, id string) (purchase.Order, error) {
	if f.order == nil {
		return purchase.Order{}, f.lacks("order")
	}
	o, err := f.order.read(s, id)
	return o, f.in("order", err)
}

// Product implements purchase.ProductReader.
func (f *File) Product(s purchase.Service, id purchase.ID) (purchase.Product, error) {
	if f.stock == nil {
		return purchase.Product{}, f.lacks("stock")
	}
	var in inputs
	in.call.Purchase.ProductID = id
	stock, reserved, price, err := f.stock.read(s, &in)
	return purchase.Product{ProductID: id, Price: price, Stock: stock, Reserved: reserved}, f.in("stock", err)
}

// User implements purchase.UserReader.
func (f *File) User(s purchase.Service, id purchase.ID) (purchase.User, error) {
	if f.balance == nil {
		return purchase.User{}, f.lacks("balance")
	}
	var in inputs
	in.call.Purchase.UserID = id
	balance, err := f.balance.read(s, &in)
	return purchase.User{UserID: id, Balance: balance}, f.in("balance", err)
}

// LedgerPage implements purchase.LedgerPager.
func (f *File) LedgerPage(s purchase.Service, after string, limit int) (purchase.Ledger, error) {
	if f.ledger == nil {
		return purchase.Ledger{}, f.lacks("ledger")
	}
	page, err := f.ledger.page(s, after, limit)
	return page, f.in("ledger", err)
}

// Reset implements purchase.Resetter by the request reset of the file. The error wraps
// purchase.ErrNoReset when the file has none.
func (f *File) Reset(s purchase.Service) error {
	if f.reset == nil {
		return fmt.Errorf("%w: %s has no part reset", purchase.ErrNoReset, f.name)
	}
	r, err := f.reset.build(&inputs{})
	if err == nil {
		_, err = s.Send(r)
	}
	return f.in("reset", err)
}

// in returns an error with the part of the file that it is about.
func (f *File) in(part string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %s: %w", f.name, part, err)
}

// lacks returns the error of a read that the file does not have.
func (f *File) lacks(part string) error {
	return fmt.Errorf("%w: %s has no part %s", purchase.ErrNotRead, f.name, part)
}

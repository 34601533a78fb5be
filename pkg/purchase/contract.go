package purchase

import (
	"sagalab/pkg/retry"
)

// Contract is the Adapter of services that implement openapi.yaml, with everything that can
// be read of them. The zero value is ready.
type Contract struct {
	// Answers says what answers mean that are not of the contract; nil is the contract alone.
	// It must not be changed.
	Answers Answers
}

// ContractOf returns an adapter as a Contract, which nil and a pointer to one are, too; false
// when it is another one.
func ContractOf(a Adapter) (Contract, bool) {
	switch a := a.(type) {
	case nil:
		return Contract{}, true
	case Contract:
		return a, true
	case *Contract:
		return *a, true
	}
	return Contract{}, false
}

// Request implements Adapter: POST /purchase.
func (Contract) Request(c Call) (retry.Request, error) {
	return retry.Request{Path: "/purchase", Body: c.Purchase.Body(c.Key)}.WithKey(c.Key), nil
}

// Read implements Adapter.
func (c Contract) Read(call Call, a retry.Attempt) Answer { return c.Answers.Read(call.Purchase, a) }

// Health implements HealthChecker: GET /health.
func (Contract) Health() retry.Request { return retry.Get("/health") }

// String is "contract".
func (Contract) String() string { return "contract" }

// Version implements VersionReader: GET /version.
func (Contract) Version(s Service) (Version, error) { return read[Version](s, "/version") }

// Order implements OrderReader: GET /orders/{id}.
func (Contract) Order(s Service, id string) (Order, error) {
	return read[Order](s, "/orders/"+PathSegment(id))
}

// OrdersPage implements OrderPager: GET /orders.
func (Contract) OrdersPage(s Service, after string, limit int) (Orders, error) {
	return read[Orders](s, "/orders?"+pageQuery(after, limit))
}

// Product implements ProductReader: GET /products/{id}.
func (Contract) Product(s Service, id ID) (Product, error) {
	return read[Product](s, "/products/"+PathSegment(id.String()))
}

// User implements UserReader: GET /users/{id}.
func (Contract) User(s Service, id ID) (User, error) {
	return read[User](s, "/users/"+PathSegment(id.String()))
}

// LedgerPage implements LedgerPager: GET /ledger.
func (Contract) LedgerPage(s Service, after string, limit int) (Ledger, error) {
	return read[Ledger](s, "/ledger?"+pageQuery(after, limit))
}

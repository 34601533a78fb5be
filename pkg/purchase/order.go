package purchase

import "time"

// Status is the state of an order. It goes PENDING → CONFIRMED, or
// PENDING → COMPENSATING → CANCELLED, and never back.
type Status string

// The statuses of an order.
const (
	Pending      Status = "PENDING"
	Compensating Status = "COMPENSATING"
	Confirmed    Status = "CONFIRMED"
	Cancelled    Status = "CANCELLED"
)

// Terminal reports whether an order in this status will stay in it.
func (s Status) Terminal() bool { return s == Confirmed || s == Cancelled }

// The steps of a purchase, in their order.
const (
	ReserveStock  = "reserve_stock"
	ChargePayment = "charge_payment"
	ConfirmOrder  = "confirm_order"
)

// The actions of a Step: its effect, or the compensation of it.
const (
	Do         = "do"
	Compensate = "compensate"
)

// Order is one purchase as the service has stored it.
type Order struct {
	OrderID         string `json:"order_id"`
	IdempotencyKey  string `json:"idempotency_key"`
	UserID          ID     `json:"user_id"`
	ProductID       ID     `json:"product_id"`
	Quantity        int64  `json:"quantity"`
	PaymentMethodID ID     `json:"payment_method_id"`
	// Amount is price × quantity in minor units, 0 until the stock is reserved.
	Amount int64  `json:"amount"`
	Status Status `json:"status"`
	// Reason is the refusal's Code once the order is being cancelled, else "".
	Reason    Code      `json:"reason"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Steps     []Step    `json:"steps"`
}

// Step is one effect on a participant. Seq counts from 1 in the order in which
// the effects of one purchase took place.
type Step struct {
	Seq    int       `json:"seq"`
	Step   string    `json:"step"`
	Action string    `json:"action"`
	At     time.Time `json:"at"`
}

// Orders is one page of GET /orders; Next is "" on the last page.
type Orders struct {
	Orders []Order `json:"orders"`
	Next   string  `json:"next"`
}

// Product is what GET /products/{id} answers. Stock is what can still be
// reserved; Reserved is held by purchases that are under way.
type Product struct {
	ProductID ID    `json:"product_id"`
	Price     int64 `json:"price"`
	Stock     int64 `json:"stock"`
	Reserved  int64 `json:"reserved"`
}

// User is what GET /users/{id} answers.
type User struct {
	UserID  ID    `json:"user_id"`
	Balance int64 `json:"balance"`
}

// The kinds of a ledger entry.
const (
	Charge = "charge"
	Refund = "refund"
)

// Entry is one movement of money; Amount is above 0 for both kinds.
type Entry struct {
	EntryID string    `json:"entry_id"`
	OrderID string    `json:"order_id"`
	UserID  ID        `json:"user_id"`
	Kind    string    `json:"kind"`
	Amount  int64     `json:"amount"`
	At      time.Time `json:"at"`
}

// Ledger is one page of GET /ledger; Next is "" on the last page.
type Ledger struct {
	Entries []Entry `json:"entries"`
	Next    string  `json:"next"`
}

package remote

import (
	"net/http"
	"strconv"
	"strings"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// The headers of a saga's calls, beside Idempotency-Key.
const (
	// OrderHeader has the id of the order.
	OrderHeader = "Saga-Order"
	// StepHeader has the step of the saga, such as charge_payment; what takes it back is
	// undo_charge_payment.
	StepHeader = "Saga-Step"
	// AttemptHeader counts the calls of the step from 1, anew after each start of the service.
	AttemptHeader = "Saga-Attempt"
	// FixtureHeader names the fixture that the order belongs to. A participant that holds
	// another one answers 410 and does nothing.
	FixtureHeader = "Saga-Fixture"
)

// maxBody bounds what either side reads of the other.
const maxBody = 64 << 20

// sagaCall is the body of a saga's call. Its answer is a store.Effect.
type sagaCall struct {
	store.Cart
	Before store.Effect `json:"before"` // the effect of the call before
}

// fixture is the body of PUT /fixture; of GET /fixture it has the id alone.
type fixture struct {
	ID       string                    `json:"id"`
	Products []purchase.FixtureProduct `json:"products,omitempty"` // of the stock
	Users    []purchase.FixtureUser    `json:"users,omitempty"`    // of the payments
}

// orderIDs is the body of POST /effects. Its answer is a list of store.RecordedEffect.
type orderIDs struct {
	Orders []string `json:"orders"`
}

// mark sets the headers of a saga's call.
func mark(h http.Header, c store.Cart, step, fixtureID string) {
	if key := c.DrawKey(); validHeader(key) {
		h.Set("Idempotency-Key", key)
	}
	h.Set(OrderHeader, c.OrderID)
	h.Set(StepHeader, step)
	h.Set(AttemptHeader, strconv.Itoa(max(c.Attempt, 1)))
	h.Set(FixtureHeader, fixtureID)
}

// validHeader reports whether a header can have a value as it is; the body has any key.
func validHeader(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) && strings.TrimSpace(value) == value
}

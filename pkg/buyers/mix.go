package buyers

import (
	"errors"
	"fmt"

	"sagalab/pkg/internal/keyed"
	"sagalab/pkg/purchase"
)

// Mix draws each purchase from a stage's seed and the number of the purchase, and from
// nothing else: a repetition of the stage, and the workers of a fleet together, make the
// same purchases. The zero value makes the purchase of user 1, product 1, quantity 1 and
// payment method 1. A Mix is safe for concurrent use.
type Mix struct {
	// Users, Products and Quantity are drawn independently of one another; the zero value
	// of each is 1.
	Users, Products, Quantity Choice
	// Methods is the payment method, independent of the user; the zero value is method n
	// for user n, to whom it belongs in a purchase.Fixture.
	Methods Choice
	// Feed takes users, products, quantities and payment methods from rows instead, and
	// the choices above are left out. nil means the choices.
	Feed *Feed
	// Reuse is the part of the purchases, 0 to 1, that send the key of an earlier one with
	// another payload: what is drawn, or when that is the same, one more of it. The earlier
	// one is at least 12 purchases back, so that the first 12 of a stage are none of these.
	Reuse float64
	// Repeat is the part that are an earlier purchase again, with the same key and payload;
	// the earlier one is chosen as for Reuse.
	Repeat float64
	// Keyless is the part that are sent without a key. The three parts add up to at most 1.
	Keyless float64
}

// What is drawn for a purchase. The texts are part of what a recorded seed promises.
var (
	ofUser, ofProduct    = keyed.IDOf("buyers: user"), keyed.IDOf("buyers: product")
	ofQuantity, ofMethod = keyed.IDOf("buyers: quantity"), keyed.IDOf("buyers: payment method")
	ofPart, ofEarlier    = keyed.IDOf("buyers: part"), keyed.IDOf("buyers: earlier purchase")
)

// Buy implements purchase.Buyers.
func (m Mix) Buy(seed uint64, i int) purchase.Buy {
	b := purchase.Buy{Request: m.request(seed, i)}
	part := m.partOf(seed, i)
	switch part {
	case ordinary:
		return b
	case keyless:
		b.Keyless, b.Request.IdempotencyKey = true, ""
		return b
	}
	back := m.earlier(seed, i)
	if back == 0 {
		return b
	}
	before := m.request(seed, i-back)
	if part == repeat {
		b.Request = before
	}
	if b.Request.IdempotencyKey = before.IdempotencyKey; before.IdempotencyKey == "" { // else a feed's, which is known
		b.SameKeyAs = back
	}
	if part == reuse && b.Request == before {
		b.Request = b.Request.OtherQuantity()
	}
	return b
}

// request draws what purchase number i buys.
func (m Mix) request(seed uint64, i int) purchase.Request {
	if m.Feed != nil {
		return m.Feed.request(i)
	}
	user := m.Users.idAt(seed, ofUser, i, 1)
	return purchase.Request{
		UserID:          user,
		ProductID:       m.Products.idAt(seed, ofProduct, i, 1),
		Quantity:        m.Quantity.at(seed, ofQuantity, i, 1),
		PaymentMethodID: m.Methods.idAt(seed, ofMethod, i, user),
	}
}

// Validate implements purchase.Buyers.
func (m Mix) Validate() error {
	var errs []error
	for _, c := range m.choices() {
		switch {
		case c.table == nil:
		case m.Feed != nil:
			errs = append(errs, fmt.Errorf("%s: the feed has them: leave one of both out", c.name))
		case c.err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", c.name, c.err))
		case c.name == quantityName:
			if err := noText(*c.Choice); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", c.name, err))
			}
		}
	}
	if m.Feed != nil {
		errs = append(errs, m.Feed.Validate())
	}
	return errors.Join(append(errs, m.validateParts())...)
}

// noText refuses a quantity that is a text.
func noText(quantity Choice) error {
	if id, is := quantity.text(); is {
		return fmt.Errorf("%.30q is no number", id)
	}
	return nil
}

// namedChoice is a choice with its name in a text.
type namedChoice struct {
	name string
	*Choice
}

func (m *Mix) choices() [4]namedChoice {
	return [4]namedChoice{{usersName, &m.Users}, {productsName, &m.Products}, {quantityName, &m.Quantity}, {methodsName, &m.Methods}}
}

package purchase

import (
	"fmt"
	"strconv"
)

// Buyers says what the purchases of a stage are: who buys what. The same seed and index
// give the same purchase, so that a repetition of a stage, and the partitions of one
// that several machines send, are the same purchases. Implementations are safe for
// concurrent use. A Request is Buyers, too: each purchase is a copy of it.
type Buyers interface {
	// Buy returns purchase number i, from 0, of a stage with this seed.
	Buy(seed uint64, i int) Buy
	// Validate reports everything that is wrong, nil when nothing is. Nothing is sent by
	// buyers that are not valid.
	Validate() error
	// String describes them in one line. For those that another machine can make, too, it
	// is what buyers.Parse reads.
	String() string
}

// MaxSameKeyAs is how far back Buy.SameKeyAs goes at most.
const MaxSameKeyAs = 1000

// Buy is one purchase of a stage, and under which key it is sent. The zero value is not
// valid.
type Buy struct {
	// Request is what is bought. A key in it is used as it is; without one the purchase
	// gets a key of its own.
	Request Request
	// Keyless sends it without a key: to the service each attempt is another purchase.
	Keyless bool
	// SameKeyAs is how many purchases before this one the purchase is whose key is sent
	// again: 1 is the one before. 0, and a key in Request, mean that none is. At most
	// MaxSameKeyAs, and not before the first purchase; else the purchase is not sent.
	SameKeyAs int
}

// Validate reports that the key of purchase number i, from 0, is that of a purchase too far
// before it, after it or before the first one, nil when it is not. It does not look at
// Request, of which Request.Validate does.
func (b Buy) Validate(i int) error {
	switch back := b.SameKeyAs; {
	case b.Keyless || b.Request.IdempotencyKey != "":
		return nil
	case back < 0 || back > MaxSameKeyAs:
		return fmt.Errorf("purchase %d sends the key of the one %d before it, want 0 (none) to %d", i, back, MaxSameKeyAs)
	case back > i:
		return fmt.Errorf("purchase %d sends the key of the one %d before it, which is before the first", i, back)
	}
	return nil
}

// Buy implements Buyers.
func (r Request) Buy(uint64, int) Buy { return Buy{Request: r} }

// String describes the request in one line, such as "users=1 products=1 quantity=1 methods=1",
// with IDs as ID.Word has them.
func (r Request) String() string {
	return "users=" + r.UserID.Word() + " products=" + r.ProductID.Word() + " quantity=" + strconv.FormatInt(r.Quantity, 10) + " methods=" + r.PaymentMethodID.Word()
}

// Constant returns what each purchase is a copy of when the buyers are a Request, false for
// other ones.
func Constant(b Buyers) (r Request, constant bool) {
	r, constant = b.(Request)
	return r, constant
}

package participant

// refusal is a business reason why an action cannot be done, now or later; dtm answers it to the buyer and compensates.
type refusal string

func (r refusal) Error() string { return string(r) }

const (
	errNoProduct  refusal = "NO_SUCH_PRODUCT"
	errNoUser     refusal = "NO_SUCH_USER"
	errOutOfStock refusal = "OUT_OF_STOCK"
	errNoMoney    refusal = "INSUFFICIENT_FUNDS"
	errQuantity   refusal = "INVALID_QUANTITY"
)

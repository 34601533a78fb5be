package participant

// Order is a purchase that a saga has begun. Its status is PENDING, CONFIRMED or CANCELLED; Amount is 0 until it is charged.
type Order struct {
	ID       string `json:"id"`
	User     string `json:"user"`
	Product  string `json:"product"`
	Quantity int64  `json:"quantity"`
	Amount   int64  `json:"amount"`
	Status   string `json:"status"`
}

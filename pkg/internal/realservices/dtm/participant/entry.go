package participant

// Entry is one movement of money in the ledger: its kind is charge, with an amount below 0, or refund, with one above.
type Entry struct {
	ID     string `json:"id"`
	Order  string `json:"order"`
	User   string `json:"user"`
	Kind   string `json:"kind"`
	Amount int64  `json:"amount"`
}

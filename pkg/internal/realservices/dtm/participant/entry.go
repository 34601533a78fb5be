package participant

// Entry is one movement of money in the ledger: below 0 for a charge, above 0 for a refund.
type Entry struct {
	Order  string `json:"order"`
	User   string `json:"user"`
	Amount int64  `json:"amount"`
}

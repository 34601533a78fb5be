package participant

// Product is what can be bought: the price of one and how many are left.
type Product struct {
	Price  int64 `json:"price"`
	OnHand int64 `json:"on_hand"`
}

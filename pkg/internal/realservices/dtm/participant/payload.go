package participant

// Payload is what each step of a purchase is called with.
type Payload struct {
	User     string `json:"user"`
	Product  string `json:"product"`
	Quantity int64  `json:"quantity"`
}

package participant

// Fixture is what the participant is set to: the balance of each user, and the products.
type Fixture struct {
	Users    map[string]int64   `json:"users"`
	Products map[string]Product `json:"products"`
}

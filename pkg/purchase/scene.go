package purchase

// Scene is the state that PUT /lab/scenario sets on a service started for a
// laboratory: it drops all orders. Payment method n belongs to user n.
type Scene struct {
	Users    []SceneUser    `json:"users"`
	Products []SceneProduct `json:"products"`
}

// SceneUser is a user of a Scene with the money that he starts with.
type SceneUser struct {
	UserID  int64 `json:"user_id"`
	Balance int64 `json:"balance"`
}

// SceneProduct is a product of a Scene with the stock that it starts with.
type SceneProduct struct {
	ProductID int64 `json:"product_id"`
	Price     int64 `json:"price"`
	Stock     int64 `json:"stock"`
}

// Cases is the scene on which the three sequential cases hold: user 1 × 1 is
// confirmed, user 2 × 10 is InsufficientBalance, user 3 × 15 is OutOfStock.
func Cases() Scene {
	return Scene{
		Users:    []SceneUser{{1, 1_000_000}, {2, 5_000}, {3, 1_000_000}},
		Products: []SceneProduct{{1, 1000, 12}},
	}
}

// Plenty is the scene for load: stock and balances that a million purchases of
// one piece cannot exhaust.
func Plenty() Scene {
	const million = 1_000_000
	return Scene{
		Users:    []SceneUser{{1, 10_000 * million}, {2, 10_000 * million}, {3, 10_000 * million}},
		Products: []SceneProduct{{1, 1000, 10 * million}},
	}
}

package history

// Key is one idempotency key. Each request without a key has a Key of its own.
type Key struct {
	Name string // "" for a request without one
	// First is the newest of its purchases, an index into History.Purchases; the
	// others follow by Purchase.NextOfKey.
	First int32
	// Sent counts the attempts that may have reached the service.
	Sent int32
	// LiveOrders counts the orders of the state that are not cancelled, without those
	// assigned by payload alone.
	LiveOrders int32
	// ConfirmedOrders counts those among them that are confirmed.
	ConfirmedOrders int32
}

// HasSeveralPayloads reports whether key k was sent with more than one payload.
func (h *History) HasSeveralPayloads(k int32) bool {
	d := h.Keys[k].First
	return d != None && h.Purchases[d].NextOfKey != None
}

// CountKeyless returns how many of Keys are those of requests without one.
func (h *History) CountKeyless() (n int) {
	for i := range h.Keys {
		if h.Keys[i].Name == "" {
			n++
		}
	}
	return n
}

// PurchaseWith returns the purchase of a key with a payload, None without one. Of a key
// whose payload was not recorded it is the only purchase.
func (h *History) PurchaseWith(name string, p Payload) int32 {
	k, known := h.keyOf[name]
	if !known || name == "" {
		return None
	}
	first := h.Keys[k].First
	if f := &h.Purchases[first]; f.Payload == p && !f.PayloadUnknown || f.PayloadUnknown && f.NextOfKey == None {
		return first
	}
	if d, known := h.variants[variant{k, p, false}]; known {
		return d
	}
	return None
}

// RefusesPurchase reports whether an answer with meaning m refuses the purchase
// itself. For a key with several payloads only a lack of stock or money does: any
// other refusal may mean that the key was used before.
func (h *History) RefusesPurchase(p *Purchase, m Meaning) bool {
	return m == NoStock || m == NoMoney || m.IsRefusal() && !h.HasSeveralPayloads(p.Key)
}

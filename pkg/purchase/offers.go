package purchase

// Offers is what can be asked of a service through its Adapter. The zero value is nothing but
// purchases without a key.
type Offers struct {
	// Keys: purchases are sent under idempotency keys. Without them Client.Purchase is
	// Client.PurchaseWithoutKey.
	Keys bool
	// The interfaces of reads and settings: HealthChecker, VersionReader, OrderLister or
	// OrderPager, OrderReader, ProductReader, UserReader, LedgerLister or LedgerPager, and
	// FixtureSetter and Resetter.
	Health, Version, Orders, Order, Product, User, Ledger, Fixture, Reset bool
	// Poll and Login: Poller and Authenticator.
	Poll, Login bool
}

// Offerer is an Adapter that says by itself what it offers, such as one whose type implements
// the interfaces of all reads for services of which each has some. The others return an error
// that wraps ErrNotRead, SetFixture ErrNoFixture and Reset ErrNoReset.
type Offerer interface{ Offers() Offers }

// OffersOf returns what an adapter offers: what it says as an Offerer, else the interfaces
// that it implements.
func OffersOf(a Adapter) Offers {
	if o, ok := a.(Offerer); ok {
		return o.Offers()
	}
	return Offers{
		Keys: true, Health: implements[HealthChecker](a), Version: implements[VersionReader](a),
		Orders: implements[OrderLister](a) || implements[OrderPager](a), Order: implements[OrderReader](a),
		Product: implements[ProductReader](a), User: implements[UserReader](a),
		Ledger: implements[LedgerLister](a) || implements[LedgerPager](a), Fixture: implements[FixtureSetter](a), Reset: implements[Resetter](a),
		Poll: implements[Poller](a), Login: implements[Authenticator](a),
	}
}

// implements reports whether a has the methods of an interface.
func implements[T any](a Adapter) bool {
	_, ok := a.(T)
	return ok
}

// healthChecker returns an adapter as one of a service that can be asked whether it is there.
func healthChecker(a Adapter) (HealthChecker, bool) {
	h, ok := a.(HealthChecker)
	return h, ok && OffersOf(a).Health
}

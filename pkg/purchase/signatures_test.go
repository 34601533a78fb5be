package purchase

import (
	"strings"
	"testing"
	"time"
)

// numbered is an Adapter whose methods for reads take a number as an id, as they did once.
type numbered struct{ keyInQuery }

func (numbered) Product(Service, int64) (Product, error) { return Product{}, nil }

// noService is one whose read takes nothing.
type noService struct{ keyInQuery }

func (noService) LedgerPage() Ledger { return Ledger{} }

// byPointer is one of which only a pointer has the method.
type byPointer struct{ keyInQuery }

func (*byPointer) User(Service, ID) (User, error) { return User{}, nil }

// keepsByPointer, lateByPointer and offersByPointer are such, too.
type (
	keepsByPointer  struct{ keyInQuery }
	lateByPointer   struct{ keyInQuery }
	offersByPointer struct{ keyInQuery }
)

func (*keepsByPointer) Secrets() []string              { return nil }
func (*lateByPointer) ReadsLag() (time.Duration, bool) { return 0, false }
func (*offersByPointer) Offers() Offers                { return Offers{} }

// offersNothing is one that says otherwise what it offers.
type offersNothing struct{ keyInQuery }

func (offersNothing) Offers(Request) Offers { return Offers{} }

// wrapping is one that has a method of something else.
type wrapping struct {
	keyInQuery
	buyer
}

type buyer struct{}

func (buyer) User() string { return "anna" }

// TestMethodsOfAnotherSignature: a method that has the name of one that is optional, and is
// none, would never be called.
func TestMethodsOfAnotherSignature(t *testing.T) {
	for _, tt := range []struct {
		adapter Adapter
		want    string
	}{
		{Contract{}, ""}, {tickets{}, ""}, {lists{}, ""}, {&byPointer{}, ""}, {nil, ""}, {wrapping{}, ""}, {answering{}, ""},
		{numbered{}, "adapter purchase.numbered: Product is func(purchase.Service, int64) (purchase.Product, error), which is not that of purchase.ProductReader: it would never be called"},
		{noService{}, "LedgerPage is func() purchase.Ledger, which is not that of purchase.LedgerPager"},
		{byPointer{}, "User is a method of *purchase.byPointer: give a pointer"},
		{keepsByPointer{}, "Secrets is a method of *purchase.keepsByPointer: give a pointer"},
		{lateByPointer{}, "ReadsLag is a method of *purchase.lateByPointer: give a pointer"},
		{offersByPointer{}, "Offers is a method of *purchase.offersByPointer: give a pointer"},
		{offersNothing{}, "Offers is func(purchase.Request) purchase.Offers, which is not that of purchase.Offerer"},
	} {
		if err := CheckMethods(tt.adapter); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%T: %v, want %q", tt.adapter, err, tt.want)
		}
	}
}

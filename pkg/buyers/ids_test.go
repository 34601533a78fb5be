package buyers

import (
	"reflect"
	"strings"
	"testing"

	"sagalab/pkg/purchase"
)

// TestTextsAsIDs: what buyers with ids that are texts write is read as the same buyers.
func TestTextsAsIDs(t *testing.T) {
	alice, odd := purchase.TextID("alice"), purchase.TextID("a b,c:3%")
	for want, b := range map[string]purchase.Buyers{
		"users=alice products=7 quantity=2 methods=%75ser":                purchase.Request{UserID: alice, ProductID: 7, Quantity: 2, PaymentMethodID: purchase.TextID("user")},
		"users=a%20b%2Cc%3A3%25 products=%3007 quantity=1 methods=alice":  purchase.Request{UserID: odd, ProductID: purchase.TextID("007"), Quantity: 1, PaymentMethodID: alice},
		"users=alice:3,5:1,bob:2 products=x,7 quantity=1..3 methods=user": Mix{Users: weighted(IDs(alice, 5, purchase.TextID("bob")), []int64{3, 1, 2}), Products: IDs(purchase.TextID("x"), 7), Quantity: Range(1, 3)},
		"users=alice,a%2E%2Eb:in-order products=1 quantity=1 methods=7":   Mix{Users: IDs(alice, purchase.TextID("a..b")).InOrder(), Methods: One(7)},
	} {
		if err := b.Validate(); err != nil || b.String() != want {
			t.Errorf("%s, want %s (%v)", b, want, err)
		}
		read, err := Parse(want)
		if err != nil || read.String() != want {
			t.Errorf("%s is read as %v (%v)", want, read, err)
			continue
		}
		for i := range 50 {
			if got, want := read.Buy(3, i), b.Buy(3, i); !reflect.DeepEqual(got, want) || got.Request.Validate() != nil {
				t.Errorf("%s: purchase %d is %+v, want %+v", read, i, got, want)
			}
		}
	}
}

func TestMethodOfATextUser(t *testing.T) {
	m := Mix{Users: IDs(purchase.TextID("alice"), purchase.TextID("bob"))}
	seen := map[string]bool{}
	for i := range 40 {
		r := m.Buy(1, i).Request
		if seen[r.UserID.String()] = true; r.PaymentMethodID != r.UserID {
			t.Errorf("user %s has the payment method %s", r.UserID, r.PaymentMethodID)
		}
	}
	if len(seen) != 2 {
		t.Errorf("40 purchases are of %v", seen)
	}
}

func TestQuantityIsNoText(t *testing.T) {
	const want = `"alice" is no number`
	if _, err := ParseMix("quantity=2,alice"); err == nil || !strings.Contains(err.Error(), "quantity: "+want) {
		t.Errorf("%v, want %q", err, want)
	}
	if err := (Mix{Quantity: IDs(2, purchase.TextID("alice"))}).Validate(); err == nil || !strings.Contains(err.Error(), "quantity: "+want) {
		t.Errorf("%v, want %q", err, want)
	}
	if err := (Mix{Users: IDs(0)}).Validate(); err == nil || !strings.Contains(err.Error(), "0 is below 1") {
		t.Errorf("no id is a user: %v", err)
	}
}

func TestFeedOfTexts(t *testing.T) {
	for content, want := range map[string]string{
		"user,product,payment_method\nalice,sku-1,card 7\n":            "alice sku-1 card 7",
		"user_id,product_id,payment_method_id\nalice,7,\"a,b\"\n":      "alice 7 a,b",
		"user,product_id\n007,007\n":                                   "007 7 007",
		"product,user,quantity\n-5,0,3\n":                              "0 -5 0",
		"user,product\n0198c0de-0000-7000-8000-000000000000,1\n":       "0198c0de-0000-7000-8000-000000000000 1 0198c0de-0000-7000-8000-000000000000",
		"user_id,product_id\n9223372036854775807,18446744073709551x\n": "9223372036854775807 18446744073709551x 9223372036854775807",
	} {
		r := feed(t, content).Buy(0, 0).Request
		if got := r.UserID.String() + " " + r.ProductID.String() + " " + r.PaymentMethodID.String(); got != want || r.Validate() != nil {
			t.Errorf("%q buys %s, want %s (%v)", content, got, want, r.Validate())
		}
	}
	for content, want := range map[string]string{
		"user,user_id,product\n":            "line 1: the column user_id is there twice",
		"user,quantity\n":                   "line 1: the column product_id is missing",
		"user,product,quantity\n1,1,many\n": `line 2: quantity is "many", want an integer of at least 1`,
		"user,product\n,1\n":                "line 2: user is empty, want an id",
		"user,product\n\x01,1\n":            "line 2: user is \"\\x01\": the id",
		"user,product,\n1,1,1\n":            "column \"\" is unknown",
	} {
		if _, err := ReadFeed(strings.NewReader(content)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", content, err, want)
		}
	}
}

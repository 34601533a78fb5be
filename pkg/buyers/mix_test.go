package buyers

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"sagalab/pkg/purchase"
)

func mix(t *testing.T, text string) Mix {
	t.Helper()
	m, err := ParseMix(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestDrawsAreFixed: they are part of what a recorded seed promises.
func TestDrawsAreFixed(t *testing.T) {
	m := mix(t, "users=1..1000 products=1..20:zipf(1.1) quantity=1:5,2:1,3:1 reuse=10% repeat=10% keyless=10%")
	for i, want := range map[int]purchase.Buy{
		0:   {Request: purchase.Request{UserID: 38, ProductID: 7, Quantity: 1, PaymentMethodID: 38}},
		50:  {Request: purchase.Request{UserID: 281, ProductID: 6, Quantity: 1, PaymentMethodID: 281}},
		100: {Request: purchase.Request{UserID: 230, ProductID: 1, Quantity: 1, PaymentMethodID: 230}, SameKeyAs: 96},
		450: {Request: purchase.Request{UserID: 174, ProductID: 1, Quantity: 2, PaymentMethodID: 174}, SameKeyAs: 120},
	} {
		if got := m.Buy(7, i); got != want {
			t.Errorf("purchase %d of seed 7 is %+v, want %+v", i, got, want)
		}
	}
}

func TestZeroMix(t *testing.T) {
	var m Mix
	if got, want := m.Buy(1, 5), (purchase.Buy{Request: purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}}); got != want || m.Validate() != nil {
		t.Errorf("the zero Mix buys %+v, %v; want %+v", got, m.Validate(), want)
	}
	if want := "users=1 products=1 quantity=1 methods=user"; m.String() != want {
		t.Errorf("the zero Mix is %q, want %q", m, want)
	}
}

func TestMethods(t *testing.T) {
	own, others := mix(t, "users=1..9"), mix(t, "users=1..9 methods=3")
	for i := range 100 {
		if r := own.Buy(1, i).Request; r.PaymentMethodID != r.UserID {
			t.Errorf("purchase %d of user %d is by method %d, want the user's", i, r.UserID, r.PaymentMethodID)
		}
		if r := others.Buy(1, i).Request; r.PaymentMethodID != 3 {
			t.Errorf("purchase %d is by method %d, want 3", i, r.PaymentMethodID)
		}
	}
}

// TestParts: each has its part of the purchases, within 4 standard deviations; a repeat is
// the earlier purchase, a reuse its key with another payload; the earlier one has a key of
// its own, and is at most purchase.MaxSameKeyAs back.
func TestParts(t *testing.T) {
	const n = 20_000
	for _, text := range []string{
		"users=1..50 quantity=1..3 reuse=10% repeat=20% keyless=5%",
		"users=1 reuse=50% repeat=0.2",
		"users=1..3 repeat=99%",
	} {
		m := mix(t, text)
		counts := map[part]float64{}
		for i := range n {
			b := m.Buy(3, i)
			switch b.Request.IdempotencyKey = ""; {
			case b.SameKeyAs < 0 || b.SameKeyAs > min(i, purchase.MaxSameKeyAs):
				t.Fatalf("%s: purchase %d has the key of the one %d before", text, i, b.SameKeyAs)
			case b.Keyless && b.SameKeyAs > 0, b.Request.Validate() != nil:
				t.Fatalf("%s: purchase %d is %+v", text, i, b)
			case b.Keyless:
				counts[keyless]++
			case b.SameKeyAs == 0:
			default:
				earlier := m.Buy(3, i-b.SameKeyAs)
				if earlier.Keyless || earlier.SameKeyAs != 0 {
					t.Fatalf("%s: purchase %d has the key of %+v, which has none of its own", text, i, earlier)
				}
				if part := m.partOf(3, i); (part == repeat) != (b.Request == earlier.Request) {
					t.Fatalf("%s: purchase %d (%d) is %+v, the one with its key %+v", text, i, part, b, earlier)
				}
				counts[m.partOf(3, i)]++
			}
		}
		for part, p := range map[part]float64{reuse: m.Reuse, repeat: m.Repeat, keyless: m.Keyless} {
			// of very many repeats, some find no purchase to repeat
			if bound := 4 * math.Sqrt(n*p*(1-p)); counts[part] > n*p+bound || p < .6 && counts[part] < n*p-bound-50 {
				t.Errorf("%s: part %d has %v of %d purchases, want %v ± %.0f", text, part, counts[part], n, n*p, bound)
			}
		}
	}
}

// TestEarlierPurchaseIsOfTheSameWorker: a fleet's worker has every n-th purchase.
func TestEarlierPurchaseIsOfTheSameWorker(t *testing.T) {
	m, found := mix(t, "users=1..50 reuse=10% repeat=10%"), 0
	for i := range 5000 {
		if back := m.Buy(9, i).SameKeyAs; back > 0 {
			found++
			for _, workers := range []int{2, 3, 4, 6, 12} {
				if back%workers != 0 {
					t.Fatalf("purchase %d has the key of the one %d before, which another of %d workers sends", i, back, workers)
				}
			}
		}
	}
	if found < 500 {
		t.Errorf("%d purchases with the key of an earlier one, want about 995", found)
	}
}

// TestPartsOfAFeedWithKeys: what is sent again is the key of the row.
func TestPartsOfAFeedWithKeys(t *testing.T) {
	f := feed(t, "user_id,product_id,idempotency_key\n1,1,a\n2,2,b\n3,3,c\n4,4,d\n")
	m := Mix{Feed: f, Reuse: .3, Repeat: .3, Keyless: .3}
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	seen := map[part]bool{}
	for i := range 100 {
		b, part := m.Buy(1, i), m.partOf(1, i)
		if part != ordinary && part != keyless && m.earlier(1, i) == 0 {
			part = ordinary
		}
		seen[part] = true
		row := f.request(i)
		own := b.Request.IdempotencyKey
		switch before := f.request(max(0, i-m.earlier(1, i))); {
		case b.SameKeyAs != 0,
			part == ordinary && b.Request != row,
			part == keyless && (!b.Keyless || own != ""),
			part == repeat && b.Request != before,
			part == reuse && (own != before.IdempotencyKey || b.Request == before):
			t.Errorf("purchase %d, part %d, is %+v; the row %+v, the earlier one %+v", i, part, b, row, before)
		}
	}
	if len(seen) != 4 {
		t.Errorf("100 purchases have the parts %v, want all 4", seen)
	}
}

func TestMixesThatAreRefused(t *testing.T) {
	f := feed(t, "user_id,product_id\n1,1\n")
	for _, tt := range []struct {
		m    Mix
		want string
	}{
		{Mix{Users: Range(0, 1)}, "users: the range 0..1 begins below 1"},
		{Mix{Products: List()}, "products: the list is empty"},
		{Mix{Reuse: -.1}, "reuse is -0.1"},
		{Mix{Repeat: 1.1}, "repeat is 1.1"},
		{Mix{Keyless: math.NaN()}, "keyless is NaN"},
		{Mix{Reuse: .5, Repeat: .4, Keyless: .2}, "reuse, repeat and keyless add up to 110%, want at most 100%"},
		{Mix{Feed: f, Users: One(1)}, "users: the feed has them"},
		{Mix{Feed: &Feed{}}, "the feed has no rows"},
		{Mix{Feed: FeedFile("no/such.csv")}, "feed no/such.csv: "},
	} {
		if err := tt.m.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.m, err, tt.want)
		}
	}
}

// TestPortable: a function stays in its process, and the message says what does not.
func TestPortable(t *testing.T) {
	if text, err := Portable(Mix{Users: Range(1, 9)}); err != nil || text != "users=1..9 products=1 quantity=1 methods=user" {
		t.Errorf("a mix is %q, %v", text, err)
	}
	f := Func(func(int) purchase.Request { return purchase.Request{} })
	if _, err := Portable(f); err == nil || !strings.Contains(err.Error(), "(buyers.Func), which only this process has") {
		t.Errorf("a function: %v", err)
	}
}

// TestFixture: every purchase of a mix has a user and a product.
func TestFixture(t *testing.T) {
	f := Fixture(1000, 20)
	if err := f.Validate(); err != nil || len(f.Users) != 1000 || f.Users[999].UserID != 1000 || len(f.Products) != 20 || f.Products[19].ProductID != 20 {
		t.Errorf("the fixture has %d users and %d products, %v", len(f.Users), len(f.Products), err)
	}
	if f := Fixture(-1, 0); len(f.Users)+len(f.Products) != 0 {
		t.Errorf("the fixture of nothing is %+v", f)
	}
}

func ExampleMix() {
	m := Mix{Users: Range(1, 1000), Products: Zipf(1, 20, 1.1), Quantity: Range(1, 3), Reuse: .01}
	fmt.Println(m)
	for i := range 3 {
		fmt.Println(m.Buy(7, i).Request)
	}
	// Output:
	// users=1..1000 products=1..20:zipf(1.1) quantity=1..3 methods=user reuse=1%
	// users=38 products=7 quantity=2 methods=38
	// users=43 products=6 quantity=1 methods=43
	// users=200 products=14 quantity=1 methods=200
}

func BenchmarkBuy(b *testing.B) {
	for _, text := range []string{"users=1", "users=1..1000", "users=1..1000 products=1..20:zipf(1.1) quantity=1..3", "users=1..1000 products=1..20:zipf(1.1) quantity=1..3 reuse=1% repeat=2% keyless=1%"} {
		x, err := Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(strings.ReplaceAll(text, " ", ","), func(b *testing.B) {
			b.ReportAllocs()
			sum := purchase.ID(0)
			for i := 0; b.Loop(); i++ {
				sum += x.Buy(1, i).Request.UserID
			}
		})
	}
}

// TestNoFeed: buyers that need a feed that is not here are read, and not valid.
func TestNoFeed(t *testing.T) {
	f := feed(t, "user_id,product_id\n1,1\n2,2\n")
	for _, text := range []string{f.String(), f.Each(3).String(), Mix{Feed: f, Reuse: .1}.String()} {
		b, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		var missing *NoFeedError
		if err := b.Validate(); !errors.As(err, &missing) || !strings.Contains(err.Error(), "sha256:"+f.SHA256()+", 2 rows) is not here") || b.String() != text {
			t.Errorf("%s without its feed: %v", b, err)
		}
		b, err = Parse(text, nil, FeedFile("no/such.csv"), f)
		if err != nil || b.Validate() != nil || b.String() != text || b.Buy(0, 4) == (purchase.Buy{}) {
			t.Errorf("%s with its feed: %v, %v", b, err, b.Validate())
		}
	}
}

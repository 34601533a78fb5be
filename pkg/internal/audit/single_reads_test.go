package audit

import (
	"fmt"
	"testing"
	"time"

	"sagalab/pkg/purchase"
)

// TestLateSingleReads: an order without an answer ends 8 s after the last answer, the list of
// 9 s to 10 s shows it as ended, and a read of it alone, up to 5 s late as declared, need not.
func TestLateSingleReads(t *testing.T) {
	const lag = 5000
	x := tale{
		sent: []sent{buys("a", 2, 0, 1000).ends(0, "timeout", "")}, orders: []purchase.Order{order("a", 2, purchase.Cancelled, "")},
		stock: 5, balance: 100, after: 9 * time.Second,
	}
	x.orders[0].Reason = purchase.OutOfStock
	pending := order("a", 2, purchase.Pending, "")
	for _, tt := range []struct {
		ms       int64 // when the order is read alone
		listed   time.Duration
		violated bool
	}{
		{9100, 0, false}, {13_999, 0, false}, {14_001, 0, true},
		{14_001, 10 * time.Second, false}, {15_001, 10 * time.Second, true},
	} {
		for rule, read := range map[string]Sample{"C4": {Orders: []purchase.Order{pending}}, "C8": {Gone: []string{"o-a"}}} {
			e := x.evidence()
			e.After.LagMS = new(int64(lag))
			if tt.listed > 0 {
				e.After.Listed = moments(int64(tt.listed))
			}
			read.Asked = moments(tt.ms * 1e6)
			read.Answered = read.Asked.Add(time.Millisecond)
			e.Samples = []Sample{read}
			want := []string{}
			if tt.violated {
				want = append(want, rule)
			}
			if got := violated(Judge(e, Options{})); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("read alone at %d ms, listed until %v: %v is violated, want %v", tt.ms, tt.listed, got, want)
			}
		}
	}
}

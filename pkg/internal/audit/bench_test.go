package audit

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// large is the evidence of n operations of a busy service: four in five
// confirmed, some after a retry, some refused, with state, ledger and traces.
func large(n int) Evidence {
	products, users := 10, 100
	e := Evidence{Sealed: true, Fixture: &purchase.Fixture{}, After: &State{}}
	stock, money := make([]int64, products), make([]int64, users)
	for i := range products {
		e.Fixture.Products = append(e.Fixture.Products, purchase.FixtureProduct{ProductID: purchase.ID(i + 1), Price: 100, Stock: int64(n)})
		stock[i] = int64(n)
	}
	for i := range users {
		e.Fixture.Users = append(e.Fixture.Users, purchase.FixtureUser{UserID: purchase.ID(i + 1), Balance: int64(n) * 1000})
		money[i] = int64(n) * 1000
	}
	s := runs.Stage{Info: runs.Info{Stage: "large", State: runs.Complete, Requests: n, Started: moments(0)}}
	for i := range n {
		key, id := fmt.Sprintf("key-%032d", i), fmt.Sprintf("order-%030d", i)
		op := runs.Operation{
			Index: int64(i), Key: key, UserID: purchase.ID(i%users + 1), ProductID: purchase.ID(i%products + 1), Quantity: 1, PaymentMethodID: purchase.ID(i%users + 1),
			StartTS: moments(int64(i) * 1000), Attempts: 1,
		}
		at := int64(i) * 1000
		if i%10 == 0 { // a lost reply before
			op.Attempts = 2
			s.Attempts = append(s.Attempts, runs.Attempt{Index: op.Index, Number: 1, Key: key, StartTS: moments(at), LatencyMS: 1, Sent: true, Class: "eof", Reason: "eof"})
			at += 1_000_000
		}
		a := runs.Attempt{Index: op.Index, Number: op.Attempts, Key: key, StartTS: moments(at), LatencyMS: 5, Sent: true, Status: 201, OrderID: id}
		o := purchase.Order{OrderID: id, IdempotencyKey: key, UserID: op.UserID, ProductID: op.ProductID, Quantity: 1, Amount: 100, Status: purchase.Confirmed, CreatedAt: moments(at)}
		if i%5 == 4 {
			a.Status, a.Reason, o.Status, o.Reason = 410, "withdrawn", purchase.Cancelled, "withdrawn"
			o.Steps = []purchase.Step{
				{Seq: 1, Step: purchase.ReserveStock, Action: purchase.Do}, {Seq: 2, Step: purchase.ReserveStock, Action: purchase.Compensate},
			}
		} else {
			o.Steps = []purchase.Step{
				{Seq: 1, Step: purchase.ReserveStock, Action: purchase.Do}, {Seq: 2, Step: purchase.ChargePayment, Action: purchase.Do}, {Seq: 3, Step: purchase.ConfirmOrder, Action: purchase.Do},
			}
			stock[op.ProductID-1]--
			money[op.UserID-1] -= 100
			e.After.Ledger = append(e.After.Ledger, purchase.Entry{EntryID: fmt.Sprint(i), OrderID: id, UserID: op.UserID, Kind: purchase.Charge, Amount: 100})
		}
		s.Attempts = append(s.Attempts, a)
		s.Operations = append(s.Operations, op)
		e.After.Orders = append(e.After.Orders, o)
	}
	for i := range products {
		e.After.Products = append(e.After.Products, purchase.Product{ProductID: purchase.ID(i + 1), Price: 100, Stock: stock[i]})
	}
	for i := range users {
		e.After.Users = append(e.After.Users, purchase.User{UserID: purchase.ID(i + 1), Balance: money[i]})
	}
	e.After.At = moments(int64(n)*1000 + int64(time.Minute))
	e.Stages = []runs.Stage{s}
	return e
}

// crowded is as many refusals as purchases of one product, all overlapping: the
// most that the interval rules have to do.
func crowded(n int) Evidence {
	e := Evidence{Sealed: true, Fixture: &purchase.Fixture{
		Products: []purchase.FixtureProduct{{ProductID: 1, Price: 1, Stock: int64(n / 2)}},
		Users:    []purchase.FixtureUser{{UserID: 1, Balance: int64(n)}},
	}}
	s := runs.Stage{Info: runs.Info{Stage: "crowded", State: runs.Complete, Requests: n, Started: moments(0)}}
	for i := range n {
		a := runs.Attempt{Index: int64(i), Number: 1, Key: fmt.Sprint("k", i), StartTS: moments(int64(i)), LatencyMS: float64(n) / 1e6, Sent: true, Status: 201, OrderID: fmt.Sprint("o", i)}
		if i%2 == 1 {
			a.Status, a.Reason = 409, "out_of_stock"
		}
		s.Attempts = append(s.Attempts, a)
		s.Operations = append(s.Operations, runs.Operation{Index: int64(i), Key: a.Key, UserID: 1, ProductID: 1, Quantity: 1, Attempts: 1})
	}
	e.Stages = []runs.Stage{s}
	return e
}

func BenchmarkJudge(b *testing.B) {
	for _, kind := range []struct {
		name string
		of   func(int) Evidence
	}{{"state", large}, {"crowded", crowded}} {
		for _, n := range []int{1_000, 10_000, 100_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/%d", kind.name, n), func(b *testing.B) {
				e := kind.of(n)
				runtime.GC()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				b.ReportAllocs()
				for b.Loop() {
					if r := Judge(e, Options{}); len(r.Violated()) > 0 {
						b.Fatalf("an alarm\n%s", r)
					}
				}
				runtime.ReadMemStats(&after)
				b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/audit")
				b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/float64(n), "B/row")
			})
		}
	}
}

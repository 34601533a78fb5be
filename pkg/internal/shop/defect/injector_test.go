package defect

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/internal/shop/store"
)

// TestTroublesRepeat: the same seed does the same to the same calls; delivered
// calls arrive, whatever happens, before the saga's end is forgotten.
func TestTroublesRepeat(t *testing.T) {
	play := func(seed uint64) (log []string, arrived map[string]int) {
		arrived = map[string]int{}
		do := func(name string) store.Call {
			return func(c store.Cart, _ store.Effect) (store.Effect, error) {
				arrived[name]++
				log = append(log, c.OrderID+" "+name)
				return store.Effect{}, nil
			}
		}
		tr := NewInjector(Trouble{LostReply: 0.4, Duplicate: 0.4, FailedUndo: 2}, seed)
		p := tr.Wrap(store.Calls{
			Reserve: do("reserve"), Release: do("release"), Sell: do("sell"), Charge: do("charge"), Refund: do("refund"),
			BeginCompensation: do("compensating"), Confirm: do("confirm"), Cancel: do("cancel"),
		})
		for i := range 20 {
			c := store.Cart{OrderID: fmt.Sprint("order ", i), Key: fmt.Sprint("key ", i)}
			for _, ask := range []store.Call{p.Reserve, p.Charge, p.BeginCompensation, p.Refund, p.Release, p.Cancel} {
				for n := 0; ; n++ {
					_, err := ask(c, store.Effect{})
					if err == nil {
						break
					}
					log = append(log, err.Error())
				}
			}
		}
		if len(tr.of) != 0 {
			t.Errorf("%d sagas are remembered after their end, want none", len(tr.of))
		}
		return log, arrived
	}
	first, arrived := play(7)
	second, _ := play(7)
	other, _ := play(8)
	if !reflect.DeepEqual(first, second) || reflect.DeepEqual(first, other) {
		t.Errorf("from one seed: %v\nand again: %v\nfrom another: %v", first, second, other)
	}
	text := strings.Join(first, "\n")
	for _, want := range []string{"reply of stock to reserve was lost", "release fails 1 more times", "refund fails 0 more times"} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %q in\n%s", want, text)
		}
	}
	if arrived["reserve"] <= 20 || arrived["cancel"] <= 20 {
		t.Errorf("calls arrived %v, want duplicates of 20", arrived)
	}
}

// TestOutage: a participant is down in its time and in no other.
func TestOutage(t *testing.T) {
	tr := NewInjector(Trouble{Outages: []Outage{{ParticipantPayments, 0, time.Hour}, {ParticipantStock, time.Hour, 2 * time.Hour}}}, 1)
	done := errors.New("done")
	do := func(store.Cart, store.Effect) (store.Effect, error) { return store.Effect{}, done }
	p := tr.Wrap(store.Calls{Reserve: do, Release: do, Sell: do, Charge: do, Refund: do, BeginCompensation: do, Confirm: do, Cancel: do})
	want := func(when string, stockUp, paymentsUp bool) {
		_, err := p.Reserve(store.Cart{OrderID: "o"}, store.Effect{})
		_, err2 := p.Charge(store.Cart{OrderID: "o"}, store.Effect{})
		if errors.Is(err, done) != stockUp || errors.Is(err2, done) != paymentsUp {
			t.Errorf("%s: reserve says %v, charge %v, want stock up %v, payments up %v", when, err, err2, stockUp, paymentsUp)
		}
	}
	want("at first", true, false)
	tr.start = tr.start.Add(-time.Hour)
	want("an hour later", false, true)
	tr.Reset()
	want("after a new fixture", true, false)
}

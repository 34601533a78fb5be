package shop

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
)

// TestPurposeNeedsLab: nothing goes wrong on purpose outside a laboratory.
func TestPurposeNeedsLab(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{Defects: []Defect{Oversell}}, "need Lab"},
		{Config{Trouble: Trouble{FailedUndo: 1}}, "need Lab"},
		{Config{Lab: true, Defects: []Defect{"overselling"}}, "no defect"},
		{Config{Lab: true, Trouble: Trouble{Duplicate: 1}}, "0 to 0.9"},
	} {
		if _, err := Open(t.Context(), c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Open(%+v): got error %v, want one with %q", c.config, err, c.want)
		}
	}
}

// TestKnownDefects: every rule of the audit has a defect that it must find.
func TestKnownDefects(t *testing.T) {
	found := map[string]bool{}
	for _, d := range KnownDefects() {
		if d.Does == "" || !(d.Share > 0 && d.Share <= 1) || (d.saga == nil) == (d.order == nil && d.view == nil) {
			t.Errorf("defect %+v: want a sentence, a share and one place", d)
		}
		found[d.Rule] = true
	}
	for _, rule := range strings.Fields("K1 K2 K3 K4 S1 S2 B1 C1 C2 C3 C4 C5 C6 C7 C8 T1 T2 T3 T4") {
		if !found[rule] {
			t.Errorf("no defect is for rule %s", rule)
		}
	}
}

// TestLot: the same seed and the same random part of a key draw the same; every
// other part of the question draws another number.
func TestLot(t *testing.T) {
	const key, later, other = "01a20752-0c3a-734d-b81e-9b6bedeab12d", "01b20752-0c3b-734d-b81e-9b6bedeab12d", "01a20752-0c3a-734d-b81e-9b6bedeab12e"
	drawn := lot(1, "reserve reply", key, 0)
	if got := lot(1, "reserve reply", later, 0); got != drawn {
		t.Errorf("lot with a later key: got %v, want %v", got, drawn)
	}
	for name, got := range map[string]float64{
		"seed": lot(2, "reserve reply", key, 0), "what": lot(1, "release reply", key, 0),
		"key": lot(1, "reserve reply", other, 0), "nth": lot(1, "reserve reply", key, 1),
	} {
		if got == drawn || got < 0 || got >= 1 {
			t.Errorf("lot with another %s: got %v, want another one than %v in [0, 1)", name, got, drawn)
		}
	}
}

// TestTroublesRepeat: the same seed does the same to the same calls; delivered
// calls arrive, whatever happens, before the saga's end is forgotten.
func TestTroublesRepeat(t *testing.T) {
	play := func(seed uint64) (log []string, arrived map[string]int) {
		arrived = map[string]int{}
		do := func(name string) call {
			return func(c cart, _ effect) (effect, error) {
				arrived[name]++
				log = append(log, c.OrderID+" "+name)
				return effect{}, nil
			}
		}
		tr := newTroubles(Trouble{LostReply: 0.4, Duplicate: 0.4, FailedUndo: 2}, seed)
		p := tr.around(participants{
			reserve: do("reserve"), release: do("release"), sell: do("sell"), charge: do("charge"), refund: do("refund"),
			compensating: do("compensating"), confirm: do("confirm"), cancel: do("cancel"),
		})
		for i := range 20 {
			c := cart{OrderID: fmt.Sprint("order ", i), Key: fmt.Sprint("key ", i)}
			for _, ask := range []call{p.reserve, p.charge, p.compensating, p.refund, p.release, p.cancel} {
				for n := 0; ; n++ {
					_, err := ask(c, effect{})
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
	tr := newTroubles(Trouble{Outages: []Outage{{Payments, 0, time.Hour}, {Stock, time.Hour, 2 * time.Hour}}}, 1)
	done := errors.New("done")
	do := func(cart, effect) (effect, error) { return effect{}, done }
	p := tr.around(participants{reserve: do, release: do, sell: do, charge: do, refund: do, compensating: do, confirm: do, cancel: do})
	want := func(when string, stockUp, paymentsUp bool) {
		_, err := p.reserve(cart{OrderID: "o"}, effect{})
		_, err2 := p.charge(cart{OrderID: "o"}, effect{})
		if errors.Is(err, done) != stockUp || errors.Is(err2, done) != paymentsUp {
			t.Errorf("%s: reserve says %v, charge %v, want stock up %v, payments up %v", when, err, err2, stockUp, paymentsUp)
		}
	}
	want("at first", true, false)
	tr.start = tr.start.Add(-time.Hour)
	want("an hour later", false, true)
	tr.begin()
	want("after a new scene", true, false)
}

// TestDefectsAreNoted: what a defect did is told until the next scene, and the
// same seed strikes the same purchases.
func TestDefectsAreNoted(t *testing.T) {
	struck := func(seed uint64) (keys []string) {
		scene := purchase.Plenty()
		s, base := opened(t, Config{Lab: true, Scene: &scene, Defects: []Defect{SpuriousStock}, Seed: seed})
		a := newAPI(t, base)
		for i := range 20 {
			a.buy(plain(1, 1, 1, fmt.Sprint("key ", i)))
		}
		for _, id := range s.Struck(SpuriousStock) {
			keys = append(keys, get[purchase.Order](a, "/orders/"+id).IdempotencyKey)
		}
		if other := s.Struck(Oversell); len(other) != 0 {
			t.Errorf("a defect that is off struck %v", other)
		}
		if err := s.SetScene(t.Context(), scene); err != nil {
			t.Fatal(err)
		}
		if left := s.Struck(SpuriousStock); len(left) != 0 {
			t.Errorf("after a new scene %v are struck, want none", left)
		}
		return keys
	}
	first, second, other := struck(1), struck(1), struck(2)
	if len(first) == 0 || !reflect.DeepEqual(first, second) || reflect.DeepEqual(first, other) {
		t.Errorf("struck by one seed %v, again %v, by another %v; want the same, and another", first, second, other)
	}
}

package runner

import (
	"sync"
	"time"

	"sagalab/pkg/internal/keyed"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// keptPurchases is how many purchases are remembered, for those that send a key again: more
// than purchase.MaxSameKeyAs and the purchases under way at once.
const keptPurchases = 8192

// mostWithoutKey is how many earlier purchases are passed over, because they have no key,
// in search of one whose key is sent again.
const mostWithoutKey = 64

// drawnPurchases is what the buyers of a stage, or of a partition of it, buy, with the keys
// under which it is sent. It is safe for concurrent use.
type drawnPurchases struct {
	buyers    purchase.Buyers
	order     purchase.Request // what the buyers buy when constant is true
	constant  bool
	seed      uint64
	stage     load.Stage
	partition load.Partition

	mu    sync.Mutex
	known map[int]drawnPurchase // the last keptPurchases, by index
	ring  []int                 // their indexes
	next  int                   // the place in ring that is used next
}

func newDrawnPurchases(v validLoad, seed uint64) *drawnPurchases {
	d := &drawnPurchases{buyers: v.Buyers, seed: seed, stage: v.Stage, partition: v.workload.Partition()}
	if d.order, d.constant = purchase.Constant(v.Buyers); !d.constant {
		d.known = make(map[int]drawnPurchase, keptPurchases)
	}
	return d
}

// request returns purchase index of the stage, which begins at a time by the stage's clock,
// with the key that it is sent under; without one it is sent without a key. The error says
// why it is not to be sent.
func (d *drawnPurchases) request(index int, at time.Time) (purchase.Request, error) {
	if !d.constant {
		p := d.asSent(index, at)
		return p.Request, p.err
	}
	r := d.order
	if r.IdempotencyKey == "" {
		r.IdempotencyKey = idempotencyKey(d.seed, d.stage.Name, index, at)
	}
	return r, nil
}

// asSent returns a purchase as it was sent, or will be: a purchase that sends the key of an
// earlier one may begin before it does, and both then have the key that is made first.
func (d *drawnPurchases) asSent(index int, at time.Time) drawnPurchase {
	d.mu.Lock()
	r, known := d.known[index]
	d.mu.Unlock()
	if known {
		return r
	}
	r = d.draw(index, at)
	d.mu.Lock()
	defer d.mu.Unlock()
	if first, known := d.known[index]; known {
		return first
	}
	d.keep(index, r)
	return r
}

// keep remembers a purchase in place of the oldest one.
func (d *drawnPurchases) keep(index int, r drawnPurchase) {
	if len(d.ring) < keptPurchases {
		d.ring = append(d.ring, index)
	} else {
		delete(d.known, d.ring[d.next])
		d.ring[d.next] = index
	}
	d.next = (d.next + 1) % keptPurchases
	d.known[index] = r
}

// draw draws a purchase and its key.
func (d *drawnPurchases) draw(index int, at time.Time) drawnPurchase {
	b := d.buyers.Buy(d.seed, index)
	r := b.Request
	if err := b.Validate(index); err != nil {
		return drawnPurchase{Request: r, err: err}
	}
	if b.Keyless {
		r.IdempotencyKey = ""
		return withOwnKey(r)
	}
	if r.IdempotencyKey != "" {
		return withOwnKey(r)
	}
	if b.SameKeyAs > 0 {
		if again, found := d.underEarlierKey(r, index-b.SameKeyAs, at); found {
			return again
		}
	}
	r.IdempotencyKey = idempotencyKey(d.seed, d.stage.Name, index, at)
	return withOwnKey(r)
}

// underEarlierKey returns r, which has no key, under the key of an earlier purchase. When
// another partition sends that one, or it has no key, it is the nearest before it that this
// one sends with a key, and what was bought first under that key is repeated when r is a
// repetition, and is not when r is none. found is false when there is no such purchase.
func (d *drawnPurchases) underEarlierKey(r purchase.Request, earlier int, at time.Time) (again drawnPurchase, found bool) {
	i := earlier
	for range mostWithoutKey {
		if i = d.partition.Nearest(d.stage, i); i < 0 {
			return drawnPurchase{}, false
		}
		sent := d.asSent(i, at)
		if sent.IdempotencyKey == "" {
			i--
			continue
		}
		repeats := i != earlier && r == d.buyers.Buy(d.seed, earlier).Request
		r.IdempotencyKey = sent.IdempotencyKey
		switch {
		case repeats:
			r = sent.owner
		case i != earlier && r == sent.owner:
			r = r.OtherQuantity()
		}
		return drawnPurchase{Request: r, owner: sent.owner}, true
	}
	return drawnPurchase{}, false
}

// idempotencyKey returns the key of a stage's purchase: a UUID of version 7 (RFC 9562,
// 5.7) whose first 48 bits are the time and whose other bits are a hash of seed,
// stage and index. Keys so differ from run to run, while a fault that is drawn by
// their random part hits the same purchases for the same seed.
func idempotencyKey(seed uint64, stage string, index int, now time.Time) string {
	return keyed.UUIDv7(seed, stage, uint64(index), now)
}

package observe

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/keyed"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// ErrNotAskedAgain is wrapped by the error of AskAgain when no purchase may be sent again:
// the service need not know the keys any more, was reset or is another one, or the
// payloads are not recorded.
var ErrNotAskedAgain = errors.New("not asked again")

// repeatable is a purchase that may be sent again.
type repeatable struct {
	draw    float64
	request purchase.Request
}

// repeatSample draws purchases of the evidence to send again.
type repeatSample struct {
	now   time.Time
	most  int
	keys  hashSet // of the orders in the state, nil when it shows none
	twice hashSet // keys that more than one operation sent

	// strata are the candidates that were confirmed, refused, in progress and unclear.
	strata              [4][]repeatable
	confirmed, shown    int // purchases, and those whose orders are in the state
	old, withoutPayload int // purchases that were left out
}

// drawRepeats draws at most n purchases whose answers the service has to remember, as many
// as there are of each kind in turn: confirmed, refused, in progress, unclear. The
// draw depends on the seeds of the stages alone. A purchase that the service need not know
// is never drawn, because it would be bought: one that was not sent or was turned away,
// and an unclear one that the state shows no order of.
func drawRepeats(e *audit.Evidence, n int, now time.Time) ([]purchase.Request, error) {
	s := &repeatSample{now: now, most: n, twice: keysSentTwice(e.Stages)}
	if why, _ := e.After.Unusable(audit.OrdersCall); why == "" {
		_, s.keys = shownOrders(e.After.Orders)
	}
	for i := range e.Stages {
		s.addStage(&e.Stages[i])
	}
	chosen := s.choose()
	switch {
	case len(s.keys) > 0 && s.confirmed > 0 && s.shown == 0:
		return nil, fmt.Errorf("%w: none of the %d confirmed purchases is in the state: the service was reset since, and would buy them again", ErrNotAskedAgain, s.confirmed)
	case len(chosen) > 0:
		return chosen, nil
	case s.old > 0:
		return nil, fmt.Errorf("%w: the keys of this run are older than %v: a service need not know them any more, and would buy again", ErrNotAskedAgain, purchase.KeysKept)
	case s.withoutPayload > 0:
		return nil, fmt.Errorf("%w: the payloads of this run are not recorded", ErrNotAskedAgain)
	}
	return nil, nil
}

// keysSentTwice returns the keys that more than one operation sent, with whatever payload.
func keysSentTwice(stages []runs.Stage) hashSet {
	var all, twice []uint64
	for i := range stages {
		for k := range stages[i].Operations {
			all = append(all, hashOf(stages[i].Operations[k].Key))
		}
	}
	slices.Sort(all)
	for i := 1; i < len(all); i++ {
		if all[i] == all[i-1] {
			twice = append(twice, all[i])
		}
	}
	return newHashSet(twice)
}

// addStage adds the purchases of a stage to the strata.
func (s *repeatSample) addStage(stage *runs.Stage) {
	places := make([]int32, 0, len(stage.Attempts))
	for i := range stage.Attempts {
		if decides(stage, &stage.Attempts[i]) {
			places = append(places, int32(i))
		}
	}
	slices.SortStableFunc(places, func(a, b int32) int {
		x, y := &stage.Attempts[a], &stage.Attempts[b]
		return cmp.Or(cmp.Compare(x.Index, y.Index), cmp.Compare(x.Key, y.Key))
	})
	operations := make(map[int64]int32, len(stage.Operations))
	for i := range stage.Operations {
		operations[stage.Operations[i].Index] = int32(i)
	}
	for len(places) > 0 {
		first := &stage.Attempts[places[0]]
		end := slices.IndexFunc(places, func(p int32) bool {
			return stage.Attempts[p].Index != first.Index || stage.Attempts[p].Key != first.Key
		})
		if end < 0 {
			end = len(places)
		}
		if op, known := operations[first.Index]; known {
			s.addPurchase(stage, &stage.Operations[op], places[:end])
		}
		places = places[end:]
	}
}

// decides reports whether a row is about the step of a purchase that decides: an attempt at it,
// or a poll after one.
func decides(stage *runs.Stage, a *runs.Attempt) bool {
	n := len(stage.Steps)
	return a.Kind != runs.Login && (n == 0 || a.Step == "" || a.Step == stage.Steps[n-1])
}

// addPurchase adds one purchase, the attempts of an operation under one key, unless the
// service need not remember it.
func (s *repeatSample) addPurchase(stage *runs.Stage, op *runs.Operation, attempts []int32) {
	first := &stage.Attempts[attempts[0]]
	hash := hashOf(first.Key)
	stratum := stratumOf(stage, attempts)
	if first.Key == "" || stratum < 0 || s.twice.has(hash) {
		return
	}
	shown := s.keys.has(hash)
	if stratum == 0 {
		s.confirmed++
		if shown {
			s.shown++
		}
	}
	request := purchase.Request{UserID: op.UserID, ProductID: op.ProductID, Quantity: op.Quantity, PaymentMethodID: op.PaymentMethodID, IdempotencyKey: first.Key}
	begun := first.StartTS
	for _, p := range attempts {
		if at := stage.Attempts[p].StartTS; at.Before(begun) {
			begun = at
		}
	}
	switch {
	case stratum == unclearStratum && !shown:
	case request.Validate() != nil:
		s.withoutPayload++
	case s.now.Sub(begun) > purchase.KeysKept:
		s.old++
	default:
		s.keep(stratum, repeatable{keyed.Fraction(stage.Seed, "ask again", keyed.Stable(first.Key), 0), request})
	}
}

// unclearStratum is the index of the purchases that no answer settled.
const unclearStratum = 3

// stratumOf returns the kind of a purchase by the meanings of its attempts, -1 for one that
// the service need not remember.
func stratumOf(stage *runs.Stage, attempts []int32) int {
	has := map[purchase.Meaning]bool{}
	for _, p := range attempts {
		has[stage.Attempts[p].Means()] = true
	}
	switch {
	case has[purchase.MeansKeyReused], has[purchase.MeansInvalid]:
		return -1
	case has[purchase.MeansConfirmed]:
		return 0
	case has[purchase.MeansNoStock], has[purchase.MeansNoMoney], has[purchase.MeansDeclined]:
		return 1
	case has[purchase.MeansInProgress]:
		return 2
	case has[purchase.MeansUnclear], has[purchase.MeansPending]:
		return unclearStratum
	}
	return -1
}

// keep adds a candidate to its stratum, of which no more are held than may be drawn.
func (s *repeatSample) keep(stratum int, x repeatable) {
	list := append(s.strata[stratum], x)
	if len(list) >= 2*s.most+64 {
		list = lowest(list, s.most)
	}
	s.strata[stratum] = list
}

// lowest returns the n candidates with the lowest draws, in their order.
func lowest(list []repeatable, n int) []repeatable {
	slices.SortFunc(list, func(a, b repeatable) int {
		return cmp.Or(cmp.Compare(a.draw, b.draw), cmp.Compare(a.request.IdempotencyKey, b.request.IdempotencyKey))
	})
	return list[:min(n, len(list))]
}

// choose takes one of each stratum in turn, until there are enough.
func (s *repeatSample) choose() (chosen []purchase.Request) {
	for i := range s.strata {
		s.strata[i] = lowest(s.strata[i], s.most)
	}
	for round := 0; round < s.most && len(chosen) < s.most; round++ {
		for _, list := range s.strata {
			if round < len(list) && len(chosen) < s.most {
				chosen = append(chosen, list[round].request)
			}
		}
	}
	return chosen
}

package observe

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"sagalab/pkg/buyers"
	"sagalab/pkg/internal/keyed"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// unrecordedMargin is how long after the last record of a stage a purchase may have been
// sent whose record was lost with the process.
const unrecordedMargin = time.Minute

// mostUnrecorded bounds the places of a stage's schedule that are looked at.
const mostUnrecorded = 2_000_000

// withUnrecorded returns the stages with a purchase for each order that one of them
// made, but did not record, because its process died, its journal is damaged or a
// worker of a fleet was lost. Such an order is recognized by its key, whose random part
// comes from seed, stage and index (keyed.UUIDv7) and whose time is that of the arrival.
// The purchase was sent at that time, and has no answer. What it was is drawn from the
// stage's buyers again; of buyers that this program cannot make, such as a function of a
// notebook, there is the attempt alone. Without it, an audit would take the order for one of
// another client. The stages that are given are not changed.
func withUnrecorded(stages []runs.Stage, orders []purchase.Order) []runs.Stage {
	unknown := unknownKeys(stages, orders)
	if len(unknown) == 0 {
		return stages
	}
	stages = slices.Clone(stages)
	for i := range stages {
		if s := &stages[i]; s.Kind == runs.Load && (s.Order != nil || s.Buyers != "") && incomplete(s.Info) {
			addUnrecorded(s, unknown)
		}
	}
	return stages
}

// incomplete reports whether operations may have been sent that the stage lacks.
func incomplete(i runs.Info) bool {
	return i.State != runs.Complete || i.Lost() > 0 || i.Damage != nil
}

// unknownKeys returns the keys of orders that no attempt carried, by the part that is
// not their time.
func unknownKeys(stages []runs.Stage, orders []purchase.Order) map[string]string {
	unknown := map[string]string{}
	for _, o := range orders {
		key, step := o.IdempotencyKey, stepOfKey(o.IdempotencyKey, stages)
		if step != "" {
			key = strings.TrimSuffix(key, "."+step)
		}
		if part := keyed.Stable(key); part != key && (unknown[part] == "" || step == "") {
			unknown[part] = o.IdempotencyKey
		}
	}
	for i := range stages {
		for n := range stages[i].Operations {
			delete(unknown, keyed.Stable(stages[i].Operations[n].Key))
		}
		for n := range stages[i].Attempts {
			delete(unknown, keyed.Stable(purchaseKey(stages[i].Attempts[n].Key, stages[i].Steps)))
		}
	}
	return unknown
}

// addUnrecorded adds a purchase to the stage for each key that it made, and removes
// these keys.
func addUnrecorded(s *runs.Stage, unknown map[string]string) {
	recorded := make(map[int64]bool, len(s.Operations))
	last := int64(0)
	for i := range s.Operations {
		recorded[s.Operations[i].Index] = true
		last = max(last, s.Operations[i].Index)
	}
	end := s.Ended
	if end.IsZero() {
		end = s.Started
	}
	// more than so many places behind the last record cannot be among the orders
	most := min(max(last+1, int64(s.Requests))+int64(s.VUs)+int64(len(unknown)), mostUnrecorded)
	from := buyersOf(s.Info)
	var operations []runs.Operation
	var attempts []runs.Attempt
	for index := int64(0); index < most && len(unknown) > 0; index++ {
		if recorded[index] {
			continue
		}
		part := keyed.Stable(keyed.UUIDv7(s.Seed, s.Stage, uint64(index), time.Time{}))
		key, found := unknown[part]
		if sent := keyTime(purchaseKey(key, s.Steps)); !found || sent.Before(s.Started.Add(-time.Second)) || sent.After(end.Add(unrecordedMargin)) {
			continue // of another run from the same seed
		}
		delete(unknown, part)
		op, attempt := unrecorded(s, index, key)
		if attempts = append(attempts, attempt); from != nil {
			r := from.Buy(s.Seed, int(index)).Request
			op.UserID, op.ProductID, op.Quantity, op.PaymentMethodID = r.UserID, r.ProductID, r.Quantity, r.PaymentMethodID
			operations = append(operations, op)
		}
	}
	s.Operations = slices.Concat(s.Operations, operations)
	s.Attempts = slices.Concat(s.Attempts, attempts)
	slices.SortStableFunc(s.Operations, func(a, b runs.Operation) int { return int(a.Index - b.Index) })
	slices.SortStableFunc(s.Attempts, func(a, b runs.Attempt) int { return int(a.Index - b.Index) })
}

// buyersOf returns the buyers of a stage, nil when they cannot be made again.
func buyersOf(i runs.Info) purchase.Buyers {
	if i.Order != nil {
		return *i.Order
	}
	b, err := buyers.Parse(i.Buyers)
	if err != nil || b.Validate() != nil { // a feed that is not here
		return nil
	}
	return b
}

// unrecorded is the purchase under a key, perhaps that of a step, without its payload, which was
// sent and has no answer.
func unrecorded(s *runs.Stage, index int64, key string) (runs.Operation, runs.Attempt) {
	step := stepOfKey(key, []runs.Stage{*s})
	if n := len(s.Steps); step == "" && n > 0 {
		step = s.Steps[n-1]
	}
	sent := keyTime(purchaseKey(key, s.Steps))
	return runs.Operation{
			Stage: s.Stage, Index: index, Key: purchaseKey(key, s.Steps),
			ScheduledTS: sent, StartTS: sent, EndTS: sent, Attempts: 1, StatusStr: "failure", Outcome: purchase.Unknown, Reason: runs.Unfinished,
			Message: fmt.Sprintf("not recorded; the service has an order under its key, which comes from seed %d", s.Seed),
		}, runs.Attempt{
			Stage: s.Stage, Index: index, Number: 1, Kind: "original", Key: key, StartTS: sent, Class: "interrupted", Sent: true, Reason: runs.Unfinished,
			Meaning: purchase.MeansUnclear.String(), Step: step,
		}
}

// keyTime returns the time in a UUID of version 7, the zero time of another key.
func keyTime(key string) time.Time {
	b, err := hex.DecodeString(strings.ReplaceAll(key, "-", ""))
	if err != nil || len(b) < 6 {
		return time.Time{}
	}
	ms := int64(0)
	for _, c := range b[:6] {
		ms = ms<<8 | int64(c)
	}
	return time.UnixMilli(ms).UTC()
}

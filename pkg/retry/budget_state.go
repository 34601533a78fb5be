package retry

import "time"

// budgetWindow is how far back a budget looks, as in Finagle.
const budgetWindow = 10 // seconds

// BudgetState is what a Budget has counted so far. A Client has one; a simulation of a policy
// makes its own, with times of its own: it does not ask for the time, allocates nothing, and
// the same calls give the same answers. Its methods are to be called in the order in which a
// Client calls them:
//
//   - Begin when an operation begins,
//   - Succeeded when an attempt is answered with 2xx, which ends the operation,
//   - Failed when an attempt ends in a way that Policy would retry, whether or not there is
//     another one, and then, if MaxAttempts and Deadline allow another, Take.
//
// Times count from any fixed moment, are 0 or more and do not go back. The zero value is that of
// the zero Budget. It is not safe for concurrent use.
type BudgetState struct {
	budget   Budget
	quota    float64 // tokens left
	throttle float64 // tokens left
	buckets  [budgetWindow]budgetBucket
}

// budgetBucket counts the operations and the retries of one second.
type budgetBucket struct {
	second              int64
	operations, retries float64
}

// State returns the state of b before anything was counted: buckets of tokens are full.
func (b Budget) State() BudgetState {
	return BudgetState{budget: b, quota: b.Quota.Tokens, throttle: b.Throttle.MaxTokens}
}

// Begin notes that an operation began at now.
func (s *BudgetState) Begin(now time.Duration) {
	if s.budget.hasWindow() {
		s.bucket(now).operations++
	}
}

// Succeeded notes that attempt number, from 1, succeeded; after is the failure for which Take
// allowed it, which has no effect with the first.
func (s *BudgetState) Succeeded(number int, after Failure) {
	if q := s.budget.Quota; q.Tokens > 0 {
		if number > 1 {
			s.quota = min(s.quota+q.costAfter(after), q.Tokens)
		}
		if number == 1 || q.IncrementAfterRetries {
			s.quota = min(s.quota+q.Increment, q.Tokens)
		}
	}
	if t := s.budget.Throttle; t.MaxTokens > 0 {
		s.throttle = min(s.throttle+t.TokenRatio, t.MaxTokens)
	}
}

// Failed notes that an attempt ended in a way that the policy would retry.
func (s *BudgetState) Failed() {
	if s.budget.Throttle.MaxTokens > 0 {
		s.throttle = max(0, s.throttle-1)
	}
}

// Take reports whether one more retry, after f, is within the budget at now, and counts it if
// so.
func (s *BudgetState) Take(now time.Duration, f Failure) bool {
	if t := s.budget.Throttle; t.MaxTokens > 0 && s.throttle <= t.MaxTokens/2 {
		return false
	}
	cost := s.budget.Quota.costAfter(f) // 0 without a quota
	if cost > s.quota || s.budget.hasWindow() && !s.takeInWindow(now) {
		return false
	}
	s.quota -= cost
	return true
}

// takeInWindow is Take by the operations and retries of the last 10 s.
func (s *BudgetState) takeInWindow(now time.Duration) bool {
	current := s.bucket(now)
	var operations, retries float64
	for i := range s.buckets {
		if b := &s.buckets[i]; b.second > current.second-budgetWindow {
			operations += b.operations
			retries += b.retries
		}
	}
	b := s.budget
	if b.limitsRatio() && retries+1 > b.Ratio*operations+b.PerSecond*budgetWindow || b.Share > 0 && retries >= b.Share*(operations+retries) {
		return false
	}
	current.retries++
	return true
}

// bucket returns the bucket of now, emptied when it was another second's.
func (s *BudgetState) bucket(now time.Duration) *budgetBucket {
	second := int64(now / time.Second)
	b := &s.buckets[second%budgetWindow]
	if b.second != second {
		*b = budgetBucket{second: second}
	}
	return b
}

package advise

import (
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/retry"
)

// purchaseState is a simulated purchase under way.
type purchaseState struct {
	began    time.Duration
	waited   time.Duration // before the attempt under way
	ends     sample        // how the attempt under way will end
	attempts int16
	after    retry.Failure
	unknown  bool // one of its attempts is of a kind that was not recorded
	user     int32
}

// simulation is one policy on the arrivals of a recording.
type simulation struct {
	*Recording
	policy retry.Policy
	model  *model
	rnd    *rand.Rand
	budget retry.BudgetState

	now       time.Duration
	events    events
	purchases []purchaseState
	inFlight  int // attempts
	underWay  int // purchases
	period    int
	left      []int32 // purchases of each user of a closed model; shared at 0 unless PerUser
	next      int     // the next purchase of a closed model

	counted tally
}

// simulate makes all purchases of the recording under a policy, in the order of time, so that the
// retries of each are load for the others.
func simulate(r *Recording, p retry.Policy, m *model, rnd *rand.Rand) *tally {
	s := &simulation{Recording: r, policy: p, model: m, rnd: rnd, budget: p.Budget.State(), purchases: make([]purchaseState, len(r.arrivals))}
	if r.plan.Open() {
		for i, at := range r.arrivals {
			for len(s.events) > 0 && s.events[0].at <= at {
				s.step()
			}
			s.now = max(s.now, at)
			s.begin(i, at)
		}
	} else {
		s.beginUsers()
	}
	for len(s.events) > 0 {
		s.step()
	}
	return &s.counted
}

// beginUsers begins the first purchase of each user of a closed model.
func (s *simulation) beginUsers() {
	n := len(s.arrivals)
	users := min(s.plan.VUs, n)
	s.left = []int32{int32(n)}
	if s.plan.PerUser {
		s.left = make([]int32, users)
		for i := range s.left {
			s.left[i] = int32(s.plan.Requests)
		}
	}
	for u := range users {
		s.nextOf(int32(u), 0)
	}
}

// nextOf begins a user's next purchase at a time, if there is one left.
func (s *simulation) nextOf(user int32, at time.Duration) {
	left := &s.left[0]
	if s.plan.PerUser {
		left = &s.left[user]
	}
	if *left == 0 || s.next == len(s.purchases) {
		return
	}
	*left--
	i := s.next
	s.next++
	s.purchases[i] = purchaseState{began: at, user: user}
	s.events.push(event{at, int32(i), true})
}

// begin begins a purchase of an open model at a time, which is now.
func (s *simulation) begin(i int, at time.Duration) {
	most := s.plan.MaxInFlight
	if most == 0 {
		most = load.DefaultInFlight
	}
	s.purchases[i] = purchaseState{began: at, unknown: s.underWay >= most} // it would have been dropped
	s.underWay++
	s.budget.Begin(at)
	s.send(i)
}

// step takes the next event.
func (s *simulation) step() {
	e := s.events.pop()
	s.now = e.at
	p := &s.purchases[e.purchase]
	if e.sends {
		if p.attempts == 0 {
			s.budget.Begin(s.now)
		}
		s.send(int(e.purchase))
		return
	}
	s.inFlight--
	s.ended(int(e.purchase), p)
}

// send sends the next attempt of a purchase now.
func (s *simulation) send(i int) {
	p := &s.purchases[i]
	for s.period+1 < len(s.periods) && s.periods[s.period+1].from <= s.now {
		s.period++
	}
	after := uint8(0)
	if p.attempts > 0 {
		after = 1 + p.ends.reason
	}
	x, known := s.model.draw(s.periods[s.period].behaviour, after, p.waited, s.inFlight, s.rnd)
	if x == nil {
		x, known = &sample{ending: refused}, false
	}
	p.ends = *x
	s.bound(p, &known)
	p.unknown = p.unknown || !known || s.now > s.known
	p.attempts++
	s.inFlight++
	s.counted.attempts++
	s.counted.time += p.ends.latency
	s.events.push(event{s.now + p.ends.latency, int32(i), false})
}

// bound ends the attempt of p when its timeout or the purchase's deadline does. known becomes false for
// an attempt that the recorded policy ended earlier than that.
func (s *simulation) bound(p *purchaseState, known *bool) {
	end, byDeadline := s.policy.AttemptTimeout, false
	if d := s.policy.Deadline; d > 0 && p.began+d-s.now < end {
		end, byDeadline = max(0, p.began+d-s.now), true
	}
	x := &p.ends
	const clockError = 20 // the 20th part of a timeout, by which it may end early
	switch reached := x.latency >= end || x.cut && x.latency >= end-end/clockError; {
	case !reached:
		*known = *known && !x.cut
	case byDeadline:
		*x = sample{latency: end, asked: -1, ending: refused}
	default:
		reason := slices.Index(s.reasons, string(retry.Timeout))
		if reason < 0 { // what follows a timeout was not recorded
			reason, *known = 0, *known && int(p.attempts)+1 >= s.policy.MaxAttempts
		}
		*x = sample{latency: end, asked: -1, ending: temporary, failure: retry.TimedOut, reason: uint8(reason)}
	}
}

// ended schedules the next attempt of p, whose last one has ended now, or finishes p, by the rules of
// retry.Client.
func (s *simulation) ended(i int, p *purchaseState) {
	x := &p.ends
	if !x.isRetried(&s.policy) {
		if x.ending == confirmed {
			s.budget.Succeeded(int(p.attempts), p.after)
		}
		s.finish(p)
		return
	}
	s.counted.wasted += x.latency
	s.budget.Failed()
	wait := s.waitAfter(p)
	late := s.policy.Deadline > 0 && s.now+wait > p.began+s.policy.Deadline
	if int(p.attempts) >= s.policy.MaxAttempts || late || !s.budget.Take(s.now, x.failure) {
		s.finish(p)
		return
	}
	p.waited, p.after = wait, x.failure
	s.events.push(event{s.now + wait, int32(i), true})
}

// waitsByHeader reports whether the policy waits for the Retry-After of an answer with this status.
func (s *simulation) waitsByHeader(status int16) bool {
	return s.policy.RetryAfter && (status == http.StatusConflict || status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable)
}

// waitAfter returns the wait before the next attempt of p. The recording has no Retry-After, but the
// waits that followed where the recorded policy waited for it.
func (s *simulation) waitAfter(p *purchaseState) time.Duration {
	x := &p.ends
	if x.ending == askAgain && x.asked >= 0 {
		return x.asked
	}
	if s.waitsByHeader(x.status) {
		if s.Policy.RetryAfter && x.asked >= 0 {
			return x.asked
		}
		p.unknown = true
	}
	return s.policy.WaitAfter(x.failure, int(p.attempts), p.waited, s.rnd)
}

// finish counts p, which has ended now, and schedules its user's next purchase.
func (s *simulation) finish(p *purchaseState) {
	s.underWay--
	s.counted.add(s.now-p.began+s.overhead, p, s.policy.MaxAttempts)
	if !s.plan.Open() {
		s.nextOf(p.user, s.now+s.plan.Think)
	}
}

// tally counts simulated purchases.
type tally struct {
	latencies          load.Histogram // of purchases whose end is known
	purchases, unknown int
	attempts, success  int
	missing            int // how many more attempts unknown purchases may have had, at most
	surplus            int // how many fewer
	unknownSuccess     int
	time, wasted       time.Duration
}

func (t *tally) add(latency time.Duration, p *purchaseState, maxAttempts int) {
	t.purchases++
	success := p.ends.ending == confirmed
	if success {
		t.success++
	}
	if !p.unknown {
		t.latencies.Record(latency)
		return
	}
	t.unknown++
	t.missing += maxAttempts - int(p.attempts)
	t.surplus += int(p.attempts) - 1
	if success {
		t.unknownSuccess++
	}
}

// quantile returns the range of a quantile in ms, whatever the unknown purchases took.
func (t *tally) quantile(q float64) (low, high float64) {
	rank := int(math.Ceil(q * float64(t.purchases)))
	high = math.Inf(1)
	if rank <= t.latencies.Count() {
		high = t.atRank(rank)
	}
	if rank > t.unknown {
		low = t.atRank(rank - t.unknown)
	}
	return low, high
}

// atRank returns, in ms, the rank-th lowest latency of the known ones, from 1.
func (t *tally) atRank(rank int) float64 {
	q := (float64(rank) - .5) / float64(max(1, t.latencies.Count())) // half a rank, so that rounding does not change it
	return float64(t.latencies.Quantile(q)) / float64(time.Millisecond)
}

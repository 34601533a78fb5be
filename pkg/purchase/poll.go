package purchase

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"sagalab/pkg/retry"
)

// poll asks what became of the step under way until it is known, and returns what the last
// answer means. Each poll is one request, whatever the retry policy.
func (f *flow) poll(ctx context.Context, last bool) Answer {
	seen := f.attempts[len(f.attempts)-1] // the last request
	accepted := endOf(&seen)
	f.underWayAt = seen.Start
	times := f.client.pollTimes
	key, gap, refused := seen.Key, times.First, 0
	wait := times.wait(gap, &seen)
	for n := 1; ; n++ {
		left := times.For - time.Since(accepted)
		if left <= 0 {
			return f.unsettled(notEnded(times.For, n-1, &seen))
		}
		f.callOnWait(ctx)
		if err := f.client.pace.wait(ctx, min(wait, left)); err != nil {
			return f.unsettled(err)
		}
		answer, err := f.ask(ctx, n, key, last, &seen)
		switch {
		case err != nil:
			return f.unsettled(err)
		case answer.Meaning.IsDefinite() || answer.Meaning == MeansStepDone:
			f.uncertainty = endOf(&seen).Sub(f.underWayAt)
			return answer
		case answer.Meaning == MeansPending:
			f.underWayAt = seen.Start
		}
		renewed, err := f.renewed(ctx, &seen, &refused)
		if err != nil {
			return f.unsettled(err)
		}
		if wait = 0; !renewed {
			gap = min(2*gap, times.Most)
			wait = times.wait(gap, &seen)
		}
	}
}

// maxRefusedLogins is after how many logins in a row a purchase is given up of which each was
// refused at the poll that followed at once. Where no poll of any purchase got another answer than
// 401, one is enough: it is not that a token had ended.
const maxRefusedLogins = 3

// renewed logs the user in again after a poll that was refused for want of it, and reports whether
// it did. refused counts the logins of this purchase since a poll was answered otherwise.
func (f *flow) renewed(ctx context.Context, poll *retry.Attempt, refused *int) (bool, error) {
	a := f.client.authenticator
	if a == nil {
		return false, nil
	}
	passed := &f.client.logins.pollsPass
	if poll.Status != http.StatusUnauthorized {
		if poll.Class == "" {
			*refused = 0
			passed.Store(true)
		}
		return false, nil
	}
	if *refused >= maxRefusedLogins || *refused > 0 && !passed.Load() {
		return false, fmt.Errorf("%s to a poll right after a new login, %s in a row", StatusError(poll.Status), counted(*refused, "login"))
	}
	if err := f.logIn(ctx, a); err != nil {
		return false, err
	}
	if f.ownLogin { // another purchase's may have been used up
		*refused++
	}
	return true, nil
}

// notEnded says that a purchase was given up, and how the last of n polls ended.
func notEnded(after time.Duration, n int, poll *retry.Attempt) error {
	if n == 0 {
		return fmt.Errorf("not ended after %v and 0 polls", after)
	}
	return fmt.Errorf("not ended after %v and %s; last poll: %s", after, counted(n, "poll"), poll)
}

// unsettled ends the polls of a step because of err.
func (f *flow) unsettled(err error) Answer {
	f.err = err
	return Answer{Meaning: MeansPending}
}

// wait returns how long to wait after a request, gap unless its answer asks for another time.
func (p PollTimes) wait(gap time.Duration, seen *retry.Attempt) time.Duration {
	asked, ok := retry.ParseRetryAfter(seen.Header.Get("Retry-After"), endOf(seen))
	if !ok {
		return gap
	}
	return max(asked, p.First)
}

// ask sends one poll and returns what its answer means; seen becomes the poll.
func (f *flow) ask(ctx context.Context, n int, key string, last bool, seen *retry.Attempt) (Answer, error) {
	c, call := f.client, f.call
	call.Key, call.Attempt, call.Poll = key, n, true
	r, err := c.pollRequest(call)
	if err != nil {
		return Answer{}, err
	}
	r.Secrets = f.secrets.And(r.Secrets)
	o := c.once.Send(ctx, c.endpoint.base, r)
	if len(o.Attempts) == 0 {
		return Answer{}, o.Err
	}
	*seen = o.Last()
	seen.Key = key
	answer := c.read(call, *seen, true, f.secrets)
	answer.setStep(call.Step, !last)
	f.other(PollRequest, *seen, answer)
	f.polled = answer
	if answer.OrderID != "" {
		f.call.Order = answer.OrderID
	}
	recorded := &f.others[len(f.others)-1]
	if err := f.keepOf(call, seen, &recorded.Answer); err != nil {
		return Answer{}, err
	}
	f.polled, recorded.Attempt.Body, recorded.Attempt.Type = recorded.Answer, seen.Body, seen.Type
	if answer.Meaning.IsDefinite() {
		return f.polled, nil
	}
	return f.polled, context.Cause(ctx)
}

// pollRequest asks the adapter what to send; a panic is an error.
func (c *Client) pollRequest(call Call) (r retry.Request, err error) {
	defer recovered(c.adapter, "Poll", &err)
	return c.poller.Poll(call)
}

// counted names a number of things.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

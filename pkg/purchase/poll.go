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
	accepted, pendingAt := endOf(&seen), seen.Start
	times := f.client.pollTimes
	key, gap, renewed := seen.Key, times.First, false
	for n := 1; ; n++ {
		left := times.For - time.Since(accepted)
		if left <= 0 {
			return f.unsettled(fmt.Errorf("not ended after %v and %s", times.For, counted(n-1)))
		}
		f.tell(ctx)
		if err := f.client.pace.wait(ctx, min(times.wait(gap, &seen), left)); err != nil {
			return f.unsettled(err)
		}
		answer, err := f.ask(ctx, n, key, last, &seen)
		switch {
		case err != nil:
			return f.unsettled(err)
		case answer.Meaning.IsDefinite() || answer.Meaning == MeansStepDone:
			f.uncertainty = endOf(&seen).Sub(pendingAt)
			return answer
		case answer.Meaning == MeansPending:
			pendingAt = seen.Start
		}
		refused := seen.Status == http.StatusUnauthorized && f.client.authenticator != nil
		if refused && !renewed {
			if err := f.logIn(ctx, f.client.authenticator); err != nil {
				return f.unsettled(err)
			}
		}
		renewed = refused && f.ownLogin // so that a login that is refused at once is the last one
		gap = min(2*gap, times.Most)
	}
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

// counted names a number of polls.
func counted(n int) string {
	if n == 1 {
		return "1 poll"
	}
	return fmt.Sprintf("%d polls", n)
}

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
	seen := f.attempts[len(f.attempts)-1] // what was observed last
	accepted := seen.Start.Add(seen.Latency)
	if f.acceptedAt.IsZero() {
		f.acceptedAt = accepted
	}
	times := f.client.pollTimes
	key, gap, renewed := seen.Key, times.First, false
	for n := 1; ; n++ {
		wait := gap
		if asked, ok := retry.ParseRetryAfter(seen.Header.Get("Retry-After"), seen.Start.Add(seen.Latency)); ok {
			wait = asked
		}
		left := times.For - time.Since(accepted)
		if left <= 0 {
			f.err = fmt.Errorf("not ended after %v and %s", times.For, counted(n-1))
			return Answer{Meaning: MeansPending}
		}
		f.tell(ctx)
		if err := f.client.pace.wait(ctx, max(0, min(wait, left))); err != nil {
			f.err = err
			return Answer{Meaning: MeansPending}
		}
		before := seen
		answer, err := f.ask(ctx, n, key, last, &seen)
		if err != nil {
			f.err = err
			return Answer{Meaning: MeansPending}
		}
		if answer.Meaning.IsDefinite() || answer.Meaning == MeansStepDone {
			f.uncertainty = seen.Start.Add(seen.Latency).Sub(before.Start)
			return answer
		}
		if seen.Status == http.StatusUnauthorized && f.client.authenticator != nil && !renewed {
			renewed = f.logIn(ctx, f.client.authenticator) == nil
		}
		gap = min(2*gap, times.Most)
	}
}

// ask sends one poll and returns what its answer means; seen becomes the poll.
func (f *flow) ask(ctx context.Context, n int, key string, last bool, seen *retry.Attempt) (Answer, error) {
	c, call := f.client, f.call
	call.Key, call.Attempt, call.Poll = key, n, true
	r, err := c.pollRequest(call)
	if err != nil {
		return Answer{}, err
	}
	r.Secrets = f.secrets
	o := c.once.Send(ctx, c.endpoint.base, r)
	if len(o.Attempts) == 0 {
		return Answer{}, o.Err
	}
	*seen = o.Last()
	seen.Key = key
	answer := c.read(call, *seen, true, f.secrets).inStep(call.Step, !last)
	f.other(PollRequest, *seen, answer)
	f.polled = answer
	if answer.OrderID != "" {
		f.call.Order = answer.OrderID
	}
	if err := f.keepOf(answer, call, *seen); err != nil {
		return Answer{}, err
	}
	return answer, context.Cause(ctx)
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

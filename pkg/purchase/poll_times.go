package purchase

import (
	"fmt"
	"time"
)

// PollTimes is when a service is asked what became of a purchase that it has accepted: First
// after its answer, and after twice the time each time, at most Most. An answer with a
// Retry-After is followed by that wait instead, First at least. After For, and by the Deadline of the retry
// policy, the purchase is given up, and its outcome unknown. A zero is the default's.
type PollTimes struct {
	First, Most, For time.Duration
}

// DefaultPollTimes returns 200 ms, 2 s and 30 s.
func DefaultPollTimes() PollTimes {
	return PollTimes{First: 200 * time.Millisecond, Most: 2 * time.Second, For: 30 * time.Second}
}

// MaxPollFor is the longest that a purchase is asked after.
const MaxPollFor = time.Hour

// Validate reports a time that is negative, above MaxPollFor, or below a millisecond, and a
// First above Most; nil when nothing is wrong.
func (p PollTimes) Validate() error {
	for _, d := range [...]time.Duration{p.First, p.Most, p.For} {
		if d != 0 && d < time.Millisecond || d > MaxPollFor {
			return fmt.Errorf("times of polls: %v is out of range, want 1ms to %v", d, MaxPollFor)
		}
	}
	if with := p.withDefaults(); with.First > with.Most {
		return fmt.Errorf("times of polls: the first wait of %v is longer than the longest one of %v", with.First, with.Most)
	}
	return nil
}

// WithPollTimes returns a client that asks after purchases at other times than its adapter
// says, such as for a short test. A zero is the default's. It has to be called after
// WithAdapter.
func (c *Client) WithPollTimes(p PollTimes) *Client {
	with := *c
	with.pollTimes = p.withDefaults()
	return &with
}

// withDefaults returns p without zeros. A First above the default's Most is the Most, too.
func (p PollTimes) withDefaults() PollTimes {
	standard := DefaultPollTimes()
	if p.First <= 0 {
		p.First = standard.First
		if p.Most > 0 {
			p.First = min(p.First, p.Most)
		}
	}
	if p.Most <= 0 {
		p.Most = max(standard.Most, p.First)
	}
	if p.For <= 0 {
		p.For = standard.For
	}
	return p
}

package observe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

const (
	// DefaultAskAgain is how many purchases are asked for again where this program started
	// the service.
	DefaultAskAgain = 20
	// MaxAskAgain bounds how many are.
	MaxAskAgain = 10_000
	// askingTime bounds how long asking again takes beside the time for settling.
	askingTime = time.Minute
	// askInProgressEvery is the wait before a purchase in progress is asked for once more.
	askInProgressEvery = 250 * time.Millisecond
)

// AskAgain sends purchases of the run again: those of ToAskAgain, as AskAgainFor does.
func AskAgain(ctx context.Context, c *purchase.Client, run runs.Run, e *audit.Evidence, n int, settle time.Duration) error {
	requests, err := ToAskAgain(c, run, e, n)
	if err != nil || len(requests) == 0 {
		return err
	}
	return AskAgainFor(ctx, c, run, e, requests, settle)
}

// ToAskAgain returns a sample of at most n purchases of the run that may be sent again. e is what
// CollectEvidence returned; where none may be sent it takes the reason. What the sample is drawn
// of is said at drawRepeats; the same run gives the same one.
//
// The error wraps ErrNotAskedAgain when nothing may be sent, as when the keys are older
// than 24 h, the service was reset since, or is another one than the load's, or when a purchase
// takes steps whose keys it is not known to keep. n of 0 or less returns nothing.
func ToAskAgain(c *purchase.Client, run runs.Run, e *audit.Evidence, n int) ([]purchase.Request, error) {
	if n <= 0 {
		return nil, nil
	}
	requests, err := whatToAsk(c, run, e, min(n, MaxAskAgain))
	if errors.Is(err, ErrNotAskedAgain) {
		e.NotAskedAgain = "no purchase of the run may be asked again: " + strings.TrimPrefix(err.Error(), ErrNotAskedAgain.Error()+": ")
	}
	if err == nil && len(requests) == 0 {
		e.NotAskedAgain = "no purchase of the run may be asked again: of none does the service have to remember the outcome"
	}
	return requests, err
}

// AskAgainFor sends purchases that ToAskAgain returned again, one after the other, each
// under its key and with its payload, and adds the answers to the evidence and to the run's
// records, read as c does (purchase.Client.WithAnswers). e is what CollectEvidence
// returned: its state stays the one before the asking, which at a service that remembers
// its keys changes nothing. At one that has forgotten them it buys again; later audits of
// the run know these orders by their keys.
//
// A purchase that is still in progress is asked for until settle has passed since the last
// answer of the load. The error is context.Cause(ctx) when ctx ended.
func AskAgainFor(ctx context.Context, c *purchase.Client, run runs.Run, e *audit.Evidence, requests []purchase.Request, settle time.Duration) error {
	token, err := RunToken(run)
	if err != nil {
		return err
	}
	if c, err = c.ForRun(token); err != nil {
		return err
	}
	a := asking{client: c, until: deadlineAfter(newAcknowledged(e.Stages, nil).last, settle, time.Now()), limit: time.Now().Add(askingTime + settle)}
	repeats := a.askAll(ctx, requests)
	e.AskedAgain = append(e.AskedAgain, repeats...)
	e.NotAskedAgain = a.noAnswer(repeats)
	if left := len(requests) - len(repeats); left > 0 && ctx.Err() == nil {
		e.Notes = append(e.Notes, fmt.Sprintf("%s not asked again: the service took too long for the others", history.Counted(left, "purchase was", "purchases were")))
	}
	if err := saveAskedAgain(run, repeats); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// whatToAsk returns the purchases to send again.
func whatToAsk(c *purchase.Client, run runs.Run, e *audit.Evidence, n int) ([]purchase.Request, error) {
	if !purchase.OffersOf(c.Adapter()).Keys {
		return nil, fmt.Errorf("%w: the adapter %s sends no keys, and would buy", ErrNotAskedAgain, purchase.NameOf(c.Adapter()))
	}
	if step := unkeptStep(c.Adapter(), e.Stages); step != "" {
		return nil, fmt.Errorf("%w: no answer to step %s was a replay: a service that keeps no keys there would buy", ErrNotAskedAgain, step)
	}
	for i := range e.Stages {
		if api := e.Stages[i].API; api != "" && api != c.Endpoint().String() {
			return nil, fmt.Errorf("%w: stage %s was sent to %s, not to %s, which would buy", ErrNotAskedAgain, e.Stages[i].Stage, api, c.Endpoint())
		}
	}
	foreign, err := ForeignFixtures(run, e.Stages[0].Started)
	if err != nil {
		return nil, err
	}
	if len(foreign) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrNotAskedAgain, foreign[0])
	}
	return drawRepeats(e, n, time.Now())
}

// unkeptStep returns a step before the one that decides of which no answer of the stages was a
// replay, so that nothing shows that its keys are kept; "" without one. What it makes anew, such
// as a cart, is bought under the same key as another purchase.
func unkeptStep(adapter purchase.Adapter, stages []runs.Stage) string {
	steps := purchase.StepsOf(adapter)
	if len(steps) < 2 {
		return ""
	}
	kept := map[string]bool{}
	for s := range stages {
		for i := range stages[s].Attempts {
			if a := &stages[s].Attempts[i]; a.Replayed && a.IsAttempt() {
				kept[a.Step] = true
			}
		}
	}
	for _, step := range steps[:len(steps)-1] {
		if !kept[step] {
			return step
		}
	}
	return ""
}

// asking sends purchases again.
type asking struct {
	client *purchase.Client
	until  time.Time // when a purchase may not be in progress any more
	limit  time.Time // when asking ends
	ended  string    // how the last purchase that got no outcome ended, "" before one has
}

// askAll asks for each purchase once, and for those in progress again until they have
// ended or may not be in progress any more. It ends early with ctx or at the limit.
func (a *asking) askAll(ctx context.Context, requests []purchase.Request) (repeats []audit.Repeat) {
	var inProgress []int
	for _, r := range requests {
		if time.Now().After(a.limit) {
			break
		}
		x, answered := a.ask(ctx, r)
		if !answered {
			break
		}
		repeats = append(repeats, x)
		if x.Attempt.Means() == purchase.MeansInProgress {
			inProgress = append(inProgress, len(repeats)-1)
		}
	}
	for len(inProgress) > 0 && sleep(ctx, askInProgressEvery) == nil {
		last := !time.Now().Before(a.until)
		still := inProgress[:0]
		for _, i := range inProgress {
			x, answered := a.ask(ctx, repeats[i].Request)
			if !answered {
				return repeats
			}
			repeats[i] = x
			if x.Attempt.Means() == purchase.MeansInProgress {
				still = append(still, i)
			}
		}
		if inProgress = still; last || time.Now().After(a.limit) {
			break
		}
	}
	return repeats
}

// ask sends one purchase; false when ctx ended before it was answered.
func (a *asking) ask(ctx context.Context, r purchase.Request) (audit.Repeat, bool) {
	result := a.client.Purchase(ctx, r)
	if ctx.Err() != nil || len(result.Operation.Attempts) == 0 {
		return audit.Repeat{}, false
	}
	row := AttemptRow(result.Operation.Last(), result.Answer)
	row.Kind, row.Status = runs.Again, int64(result.Status) // of the poll, if one settled it
	x := audit.Repeat{Request: r, Attempt: row}
	if !hasOutcome(x) {
		a.ended = result.Operation.Last().String()
	}
	return x, true
}

// hasOutcome reports whether an answer says what became of a purchase, or that it is still
// in progress.
func hasOutcome(x audit.Repeat) bool {
	m := x.Attempt.Means()
	return m != purchase.MeansUnclear && m != purchase.MeansNotSent && m != purchase.MeansTurnedAway
}

// noAnswer returns why nothing is known of all purchases that were sent again, "" when of
// one it is.
func (a *asking) noAnswer(repeats []audit.Repeat) string {
	if len(repeats) == 0 || slices.ContainsFunc(repeats, hasOutcome) {
		return ""
	}
	says := "%s sent again and none was answered: %s"
	if slices.ContainsFunc(repeats, func(x audit.Repeat) bool { return x.Attempt.Status != 0 }) {
		says = "%s sent again and none was answered with its outcome: %s"
	}
	return fmt.Sprintf(says, history.Counted(len(repeats), "purchase was", "purchases were"), a.ended)
}

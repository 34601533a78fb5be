package faultsearch

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// readEvery is the wait between two reads of the state.
const readEvery = 10 * time.Millisecond

// Execute implements Executor.
func (s *Service) Execute(ctx context.Context, w World, schedule fault.Schedule) (x Execution, err error) {
	st, err := s.prepare(ctx, w)
	if err != nil {
		return x, fmt.Errorf("setting the service anew: %w", err)
	}
	if err := s.startProxies(ctx, st, schedule); err != nil {
		return x, err
	}
	samples, began := s.buy(ctx, w, st.requests)
	e := audit.Evidence{
		Stages: []runs.Stage{s.stageOf(samples, began)}, Fixture: st.fixture, Before: st.before, Sealed: true,
	}
	if x.NotQuiet, err = s.collect(ctx, &e, st.subjects); err != nil {
		return x, err
	}
	x.Calls, x.Unrecognised = s.seen()
	if err := s.stopFaults(); err != nil {
		return x, err
	}
	if err := observe.AskAgainUnstored(ctx, s.asker, &e, len(samples), s.times.Settle); err != nil {
		return x, err
	}
	for _, sample := range samples {
		x.Ends = append(x.Ends, endOf(sample))
	}
	x.State, x.Effects = stateDigest(e.After, st), effectsOf(e.After, st)
	x.Judged(audit.Judge(e, audit.Options{Settle: s.times.Settle}))
	return x, context.Cause(ctx)
}

// startProxies makes the purchases known, and the faults begin.
func (s *Service) startProxies(ctx context.Context, st start, schedule fault.Schedule) error {
	s.known.Reset()
	for i, r := range st.requests {
		s.known.Add(r.IdempotencyKey, i+1)
	}
	if len(st.requests) == 1 {
		s.known.SetOnly(1)
	}
	times := fault.CallTimes{Hang: max(time.Second, s.times.Settle/2), Duplicate: s.times.Lead}
	for _, p := range s.behind {
		if err := p.Start(schedule, times); err != nil {
			return err
		}
	}
	if s.config.Process != nil {
		times.Kill = func() { // that it does not start again shows in what follows
			_ = s.config.Process.Kill()
			_ = s.config.Process.Restart(ctx)
		}
	}
	return s.front.Start(schedule, times)
}

// stopFaults lets all calls pass.
func (s *Service) stopFaults() error {
	for _, p := range s.proxies() {
		if err := p.Start(fault.Schedule{}, fault.CallTimes{}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) proxies() []*fault.CallProxy {
	return append([]*fault.CallProxy{s.front}, s.behind...)
}

// seen returns the calls at all proxies in the order of arrival, and how many of those to
// participants were not recognised. The client does not mark logins and polls.
func (s *Service) seen() (calls []fault.SeenCall, unrecognised int) {
	calls = s.front.Calls()
	for i, p := range s.behind {
		some, strange := p.Calls(), p.Unrecognised()
		calls, unrecognised = append(calls, some...), unrecognised+strange
		s.calls[i] += len(some)
		s.strangers[i] += strange
	}
	slices.SortStableFunc(calls, func(a, b fault.SeenCall) int { return a.Began.Compare(b.Began) })
	return calls, unrecognised
}

// buy makes the purchases of a world, and returns how each ended.
func (s *Service) buy(ctx context.Context, w World, requests []purchase.Request) (samples []load.Sample[purchase.Result], began time.Time) {
	samples = make([]load.Sample[purchase.Result], len(requests))
	ended := make([]chan struct{}, len(requests))
	var all sync.WaitGroup
	began = time.Now()
	for i := range requests {
		if i > 0 && !w.AtOnce {
			s.awaitSent(i, ended[i-1])
			time.Sleep(s.times.Lead)
		}
		ended[i] = make(chan struct{})
		all.Go(func() {
			defer close(ended[i])
			start := time.Now()
			result := s.buyers[i].Purchase(ctx, requests[i])
			samples[i] = load.Sample[purchase.Result]{
				Arrival: load.Arrival{Index: i, User: i, Scheduled: start}, Start: start, End: time.Now(), Value: result,
			}
		})
	}
	all.Wait()
	return samples, began
}

// sentPatience bounds the wait for the request of the purchase before.
const sentPatience = 200 * time.Millisecond

// awaitSent waits until a request of purchase p has been seen, or it has ended.
func (s *Service) awaitSent(p int, ended <-chan struct{}) {
	for limit := time.Now().Add(sentPatience); time.Now().Before(limit); {
		if slices.ContainsFunc(s.front.Calls(), func(c fault.SeenCall) bool { return c.Purchase == p }) {
			return
		}
		select {
		case <-ended:
			return
		case <-time.After(100 * time.Microsecond):
		}
	}
}

// collect reads the state once the service is at rest: no call is under way or has come while
// it was read. notQuiet is why it is not.
func (s *Service) collect(ctx context.Context, e *audit.Evidence, of observe.Subjects) (notQuiet string, err error) {
	limit := time.Now().Add(s.times.Settle)
	for {
		before := s.countCalls()
		e.After, e.Samples = nil, nil
		if err := observe.CollectUnstored(ctx, s.reader, e, of, s.times.Settle, readEvery); err != nil {
			return "", err
		}
		busy := s.busy()
		switch {
		case busy == "" && s.countCalls() == before:
			if e.After != nil {
				notQuiet = e.After.Unsettled
			}
			return notQuiet, nil
		case !time.Now().Before(limit) && busy == "":
			return fmt.Sprintf("calls to participants still came %v after the purchases had ended", s.times.Settle), nil
		case !time.Now().Before(limit):
			return fmt.Sprintf("%v after the purchases had ended a call was still under way at %s", s.times.Settle, busy), nil
		}
		select {
		case <-time.After(readEvery):
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}

// busy names a proxy with a call under way, "" when there is none.
func (s *Service) busy() string {
	for _, p := range s.proxies() {
		if !p.Idle() {
			return p.String()
		}
	}
	return ""
}

func (s *Service) countCalls() (n int) {
	for _, p := range s.proxies() {
		n += len(p.Calls()) + p.Unrecognised()
	}
	return n
}

// stageOf returns the purchases as a stage.
func (s *Service) stageOf(samples []load.Sample[purchase.Result], began time.Time) runs.Stage {
	stage := runs.Stage{Info: runs.Info{
		Stage: "execution", Kind: runs.Load, State: runs.Complete, API: s.config.Endpoint.String(), Requests: len(samples), VUs: len(samples),
		Adapter: runs.AdapterInfoOf(s.config.Adapter), Steps: purchase.StepsOf(s.config.Adapter), Started: began, Ended: time.Now(),
	}}
	for _, sample := range samples {
		r := runner.RecordOf(stage.Stage, began, sample)
		stage.Operations = append(stage.Operations, r.Operation)
		stage.Attempts = append(stage.Attempts, r.Attempts...)
	}
	return stage
}

// endOf says how a purchase ended.
func endOf(s load.Sample[purchase.Result]) End {
	r := s.Value
	return End{
		Key: r.Operation.Key, Outcome: r.Outcome, Status: r.Status, Reason: r.Reason, OrderID: r.OrderID, Attempts: len(r.Operation.Attempts),
		Began: s.Start, Ended: s.End,
	}
}

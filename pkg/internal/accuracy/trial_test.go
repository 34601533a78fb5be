package accuracy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// trial is one run on a service: two stages of mixed purchases and the audit of them.
type trial struct {
	address string
	seed    uint64
	fixture purchase.Fixture
	// between is called between the stages, during after the first quarter of each.
	between, during func()
	// timeout is that of an attempt, 3 s when 0.
	timeout time.Duration
	// attempts is how often a purchase is sent at most, 5 when 0.
	attempts int
	// once: the plan of faults delivers no request twice.
	once bool
	// sole: no other client uses the service.
	sole bool
	// settle is the time for settling.
	settle time.Duration
	// adapter says how the service is addressed, nil by the contract. The fixture is set
	// before, for one that cannot.
	adapter purchase.Adapter
	// offered: every product that is asked for exists.
	offered bool
	// foreign: attempts are marked for the proxy, and keys are such as a header can carry.
	foreign bool
}

// askAgain is how many purchases are sent again at the end.
const askAgain = 60

// perStage is how many purchases a stage has, clients how many virtual users send them.
const perStage, clients = 90, 12

// run sends the load and judges it.
func (x trial) run(t testing.TB) (audit.Report, audit.Evidence) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	endpoint, err := purchase.ParseEndpoint(x.address)
	check(t, err)
	reader, release, err := observe.NewClient(endpoint, x.adapter, retry.Config{})
	check(t, err)
	defer release()
	if x.adapter != nil {
		if err := reader.WithAdapter(nil).SetFixture(ctx, x.fixture); !errors.Is(err, purchase.ErrNoFixture) { // the market starts with it
			check(t, err)
		}
	}
	run, err := (runs.Store{Dir: t.TempDir()}).Create("trial", endpoint.String())
	check(t, err)
	_, err = observe.ApplyFixture(ctx, reader, run, "scarce", x.fixture)
	check(t, err)
	proxy, err := fault.NewProxy(fault.Service{Address: x.address})
	check(t, err)
	defer proxy.Close()
	sent := make([]purchase.Request, 0, 2*perStage)
	rng := rand.New(rand.NewPCG(x.seed, 3))
	for i := range 2 * perStage {
		sent = append(sent, x.draw(rng, sent, i))
	}
	for i, name := range []string{"first", "second"} {
		x.stage(t, ctx, run, proxy, reader, name, sent[i*perStage:(i+1)*perStage])
		if i == 0 && x.between != nil {
			x.between()
		}
	}
	e, err := observe.CollectEvidence(ctx, reader, run, x.settle, x.sole)
	check(t, err)
	if err := observe.AskAgain(ctx, reader, run, &e, askAgain, x.settle); err != nil && !errors.Is(err, observe.ErrNotAskedAgain) {
		t.Fatal(err)
	}
	return audit.Judge(e, audit.Options{Settle: x.settle}), e
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// draw returns the n-th purchase: mostly a new one of any user and product, sometimes one
// that was sent before, or another payload under a key that was used.
func (x trial) draw(rng *rand.Rand, before []purchase.Request, n int) purchase.Request {
	user := 1 + rng.Int64N(int64(len(x.fixture.Users)))
	r := purchase.Request{
		UserID: purchase.ID(user), ProductID: purchase.ID(1 + rng.Int64N(int64(len(x.fixture.Products)))), Quantity: 1 + rng.Int64N(3), PaymentMethodID: purchase.ID(user),
		IdempotencyKey: fmt.Sprintf("purchase-of-trial-%d-%d", x.seed, n),
	}
	if len(before) == 0 {
		return r
	}
	earlier := before[rng.IntN(len(before))]
	switch p := rng.Float64(); {
	case p < .15:
		return earlier
	case p < .17:
		r.IdempotencyKey = earlier.IdempotencyKey // with another payload
	case p < .19:
		r = earlier
		r.Quantity++
	case p < .21:
		r = earlier
		r.UserID = 1 + r.UserID%purchase.ID(len(x.fixture.Users))
		r.PaymentMethodID = r.UserID
	case p < .24 && !x.offered:
		r.ProductID = 999 // does not exist
	case p < .33 && !x.foreign:
		r.IdempotencyKey = like(rng, earlier.IdempotencyKey, n)
	}
	return r
}

// like returns another key, for the n-th purchase, that differs from one as little as
// possible. Those that are not ASCII differ from each other in such characters alone.
func like(rng *rand.Rand, key string, n int) string {
	switch rng.IntN(3) {
	case 0:
		return strings.ToUpper(key)
	case 1:
		return key + " "
	}
	return "purchase-of-trial-" + string([]rune{'一' + rune(n/8), 'é' + rune(rng.IntN(8))})
}

// faults lose requests and replies, and deliver some requests twice, unless x.once.
func (x trial) faults() fault.Plan {
	window := func(kind fault.Kind, p float64) fault.Window {
		return fault.Window{To: fault.MaxTime, Fault: kind, Probability: p}
	}
	p := fault.Plan{Seed: x.seed, Windows: []fault.Window{window(fault.DropReply, .15), window(fault.DropRequest, .05)}}
	if !x.once {
		p.Windows = append(p.Windows, window(fault.Duplicate, .05))
	}
	return p
}

// policy retries soon and often, but not for ever.
func (x trial) policy() retry.Policy {
	return retry.Policy{
		MaxAttempts: cmp.Or(x.attempts, 5), Backoff: retry.Exponential(2*time.Millisecond, 20*time.Millisecond), AttemptTimeout: cmp.Or(x.timeout, 3*time.Second),
		MaxRetryAfter: 5 * time.Millisecond,
	}
}

// stage sends the purchases through the proxy and records them.
func (x trial) stage(t testing.TB, ctx context.Context, run runs.Run, proxy *fault.Proxy, reader *purchase.Client, name string, list []purchase.Request) {
	t.Helper()
	plan := x.faults()
	check(t, proxy.Start(plan, time.Now()))
	defer proxy.End()
	through, err := purchase.ParseEndpoint(proxy.URL())
	check(t, err)
	sender, err := retry.New(retry.Config{Policy: x.policy(), Connections: clients})
	check(t, err)
	defer sender.Close()
	client := purchase.NewClient(through, sender).WithAdapter(x.adapter)
	if x.foreign {
		client = client.MarkAttempts(func(key string, number int) retry.Header {
			return retry.Header{Name: fault.AttemptHeader, Value: fault.AttemptMark{Key: key, Number: number}.String()}
		})
	}
	sampler := observe.Sample(ctx, reader, observe.SubjectsOf(nil, &x.fixture), 10*time.Millisecond)
	w, err := run.Begin(runs.Info{Stage: name, Kind: runs.Load, API: reader.Endpoint().String(), Requests: len(list), VUs: clients, Policy: x.policy().String(), Seed: x.seed, Adapter: runs.AdapterInfoOf(x.adapter), Steps: stepsOf(x.adapter)})
	check(t, err)
	began := time.Now()
	buy := func(ctx context.Context, a load.Arrival) purchase.Result {
		if a.Index == len(list)/4 && x.during != nil {
			x.during()
		}
		return client.Purchase(ctx, list[a.Index])
	}
	_, err = load.Run(ctx, load.Stage{Name: name, Requests: len(list), VUs: clients}, x.seed, buy, func(b load.Batch[purchase.Result]) error {
		records := make([]runs.Record, len(b.Samples))
		for i, s := range b.Samples {
			records[i] = runner.RecordOf(name, began, s)
		}
		return w.Append(records)
	})
	check(t, err)
	w.UpdateInfo(func(i *runs.Info) { i.FaultWindows = windowsOf(plan, proxy.Counts()) })
	check(t, w.Finish(runs.Complete, ""))
	check(t, observe.SaveSamples(w.Dir(), sampler.Stop()))
}

// stepsOf returns the steps of an adapter, nil for none.
func stepsOf(a purchase.Adapter) []string {
	if a == nil {
		return nil
	}
	return purchase.StepsOf(a)
}

// windowsOf returns the windows of a plan with what they did.
func windowsOf(plan fault.Plan, counts fault.Counts) (list []runs.FaultWindow) {
	for i, n := range counts.Windows {
		p := plan.Windows[i]
		list = append(list, runs.FaultWindow{Fault: string(p.Fault), From: p.From, To: p.To, Probability: p.Probability, Met: n.Met, Taken: n.Taken, Detail: n.Detail})
	}
	return list
}

// violated lists the rules that a report says are violated, in its order.
func violated(r audit.Report) (rules []string) {
	for _, v := range r.Verdicts {
		if v.Answer == audit.Violated {
			rules = append(rules, v.Rule)
		}
	}
	return rules
}

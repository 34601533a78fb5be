package observe

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// maxSamples bounds what a Sampler keeps: when it is full, every second sample is
// dropped and the interval doubles.
const maxSamples = 4096

// followedOrders is how many orders a Sampler follows at a time.
const followedOrders = 8

// Sampler reads the subjects' values, and the status of a few orders, again and
// again while load runs. Sample starts one.
type Sampler struct {
	stop context.CancelFunc
	done sync.WaitGroup

	client     *purchase.Client
	subjects   Subjects
	every      time.Duration
	cursor     string
	followed   []string
	samples    []audit.Sample
	notOffered bool          // the service offers none of these reads
	noSingles  bool          // its adapter does not read single orders
	listTook   time.Duration // how long the last list of orders took that came as a whole
	others     otherClients
}

// Sample starts a Sampler that reads after each interval, at least 10 ms. Stop ends
// it.
func Sample(ctx context.Context, c *purchase.Client, of Subjects, every time.Duration) *Sampler {
	return SampleBeside(ctx, c, of, every, nil)
}

// SampleBeside starts a Sampler beside a load that adds to sent the key of each purchase
// before it is sent: Others then counts the orders of other clients. A nil sent is
// as Sample. Else SampleBeside first reads the list of orders up to its end, for 5 s and 50 pages at most, and follows
// orders from there on. It does so before it returns, since these reads would make the first purchases of
// the load slower. When the end is not reached, orders are followed from the beginning of the list, and
// those of other clients are not counted.
func SampleBeside(ctx context.Context, c *purchase.Client, of Subjects, every time.Duration, sent *SentKeys) *Sampler {
	ctx, stop := context.WithCancel(ctx)
	s := &Sampler{stop: stop, client: c, subjects: of, every: max(every, 10*time.Millisecond), others: otherClients{sent: sent, steps: purchase.StepsOf(c.Adapter()), begun: time.Now().Add(-time.Second)}}
	if sent != nil {
		s.findEnd(ctx)
	}
	s.done.Go(func() {
		for ctx.Err() == nil && !s.notOffered {
			s.sample(ctx)
			if sleep(ctx, max(s.every, s.listTook)) != nil {
				return
			}
		}
	})
	return s
}

// Stop ends the sampling and returns the samples in the order of time. Call it
// once.
func (s *Sampler) Stop() []audit.Sample {
	s.stop()
	s.done.Wait()
	return s.samples
}

// sample takes one sample. Reads that fail are left out: a service under faults may
// refuse them.
func (s *Sampler) sample(ctx context.Context) {
	asked := time.Now()
	var x audit.Sample
	var failed []error
	for _, id := range s.subjects.Products {
		p, err := productReader(s.client)(ctx, id)
		if err == nil {
			x.Products = append(x.Products, p)
		}
		failed = append(failed, err)
	}
	for _, id := range s.subjects.Users {
		u, err := userReader(s.client)(ctx, id)
		if err == nil {
			x.Users = append(x.Users, u)
		}
		failed = append(failed, err)
	}
	failed = append(failed, s.sampleOrders(ctx, &x))
	if ctx.Err() != nil {
		return
	}
	x.Asked, x.Answered = asked, time.Now()
	s.notOffered = len(x.Products)+len(x.Users)+len(x.Orders) == 0 && allNotOffered(failed) && len(s.followed) == 0
	s.keep(x)
}

// sampleOrders reads the followed orders until all are terminal, then picks the
// next ones. The error is that of the list of orders, of which those to follow are picked.
// Orders are not followed when the adapter does not read single ones; then the list is read
// for those of other clients alone.
func (s *Sampler) sampleOrders(ctx context.Context, x *audit.Sample) error {
	if s.noSingles && s.others.sent == nil {
		return purchase.ErrNotRead
	}
	if len(s.followed) == 0 {
		page, err := s.nextOrders(ctx)
		if err != nil {
			return err
		}
		s.others.look(page.Orders)
		s.followed = s.others.newest(page.Orders, followedOrders)
	}
	still := s.followed[:0]
	for _, id := range s.followed {
		o, err := readOrder(ctx, s.client, id)
		switch {
		case err == nil:
			x.Orders = append(x.Orders, o)
			if !o.Status.Terminal() {
				still = append(still, id)
			}
		case IsStatus(err, http.StatusNotFound):
			x.Gone = append(x.Gone, id)
		case errors.Is(err, purchase.ErrNotRead):
			s.noSingles = true
		default:
			still = append(still, id)
		}
	}
	s.followed = still
	return nil
}

// nextOrders reads the next page of orders, behind those that were there before the load.
func (s *Sampler) nextOrders(ctx context.Context) (page purchase.Orders, err error) {
	for range PageSize {
		began := time.Now()
		if page, err = s.client.Orders(ctx, s.cursor, followedOrders); err != nil || page.Next == "" {
			if len(page.Orders) > followedOrders {
				s.listTook = time.Since(began)
			}
			return page, err
		}
		s.cursor = page.Next
		if !s.others.areOld(page.Orders) {
			break
		}
	}
	return page, nil
}

// keep appends a sample and makes room if there is none.
func (s *Sampler) keep(x audit.Sample) {
	if len(s.samples) >= maxSamples {
		for i := range s.samples[:len(s.samples)/2] {
			s.samples[i] = s.samples[2*i]
		}
		s.samples = s.samples[:len(s.samples)/2]
		s.every *= 2
	}
	s.samples = append(s.samples, x)
}

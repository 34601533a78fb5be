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

// maxSamples bounds what a Sampler keeps; when it is full every second sample
// goes, and the next ones are taken half as often.
const maxSamples = 4096

// watched is how many orders a Sampler follows at a time.
const watched = 8

// Sampler reads the subjects' values, and the status of a few orders, again and
// again while load runs.
type Sampler struct {
	stop context.CancelFunc
	done sync.WaitGroup

	client  *purchase.Client
	of      Subjects
	every   time.Duration
	cursor  string
	follow  []string
	samples []audit.Sample
	deaf    bool // the service offers none of it
}

// Sample starts to look each interval, at least 10 ms; Stop ends it.
func Sample(ctx context.Context, c *purchase.Client, of Subjects, every time.Duration) *Sampler {
	ctx, stop := context.WithCancel(ctx)
	s := &Sampler{stop: stop, client: c, of: of, every: max(every, 10*time.Millisecond)}
	s.done.Go(func() {
		for ctx.Err() == nil && !s.deaf {
			s.look(ctx)
			if sleep(ctx, s.every) != nil {
				return
			}
		}
	})
	return s
}

// Stop ends the sampling and returns what was seen, in the order of time.
func (s *Sampler) Stop() []audit.Sample {
	s.stop()
	s.done.Wait()
	return s.samples
}

// look takes one sample. Whatever fails is left out: a service under faults may
// well refuse a read.
func (s *Sampler) look(ctx context.Context) {
	asked := time.Now()
	var x audit.Sample
	var failed []error
	for _, id := range s.of.Products {
		p, err := s.client.Product(ctx, id)
		if err == nil {
			x.Products = append(x.Products, p)
		}
		failed = append(failed, err)
	}
	for _, id := range s.of.Users {
		u, err := s.client.User(ctx, id)
		if err == nil {
			x.Users = append(x.Users, u)
		}
		failed = append(failed, err)
	}
	s.orders(ctx, &x)
	if ctx.Err() != nil {
		return
	}
	x.Asked, x.Answered = asked, time.Now()
	s.deaf = len(x.Products)+len(x.Users)+len(x.Orders) == 0 && allAbsent(failed) && len(s.follow) == 0
	s.keep(x)
}

// orders follows a few orders until they are terminal, then others.
func (s *Sampler) orders(ctx context.Context, x *audit.Sample) {
	if len(s.follow) == 0 {
		page, err := s.client.Orders(ctx, s.cursor, watched)
		if err != nil {
			return
		}
		if page.Next != "" {
			s.cursor = page.Next
		}
		for _, o := range page.Orders {
			s.follow = append(s.follow, o.OrderID)
		}
	}
	still := s.follow[:0]
	for _, id := range s.follow {
		o, err := s.client.Order(ctx, id)
		switch {
		case err == nil:
			x.Orders = append(x.Orders, o)
			if !o.Status.Terminal() {
				still = append(still, id)
			}
		case isStatus(err, http.StatusNotFound):
			x.Gone = append(x.Gone, id)
		default:
			still = append(still, id)
		}
	}
	s.follow = still
}

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

func allAbsent(failed []error) bool {
	for _, err := range failed {
		if err == nil || !(isStatus(err, http.StatusNotFound) || isStatus(err, http.StatusMethodNotAllowed)) {
			return false
		}
	}
	return true
}

func isStatus(err error, status int) bool {
	var p purchase.Problem
	var s purchase.StatusError
	return errors.As(err, &p) && p.Status == status || errors.As(err, &s) && int(s) == status
}

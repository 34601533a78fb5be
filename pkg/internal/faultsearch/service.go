package faultsearch

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// Times are the waits of an execution. A zero is the default's.
type Times struct {
	// AttemptTimeout bounds an attempt of a purchase, Wait is the wait before a retry.
	AttemptTimeout time.Duration `json:"attempt_timeout"`
	Wait           time.Duration `json:"wait"`
	// Lead is how long after the request of a purchase the next one begins (World.AtOnce), and
	// after the first delivery of a duplicate the second one.
	Lead time.Duration `json:"lead"`
	// Attempts is how often a request is sent at most.
	Attempts int `json:"attempts"`
	// Settle is how long the service may take to come to rest.
	Settle time.Duration `json:"settle"`
}

// DefaultTimes returns 150 ms for an attempt, 10 ms before a retry, 2 ms between purchases, 3
// attempts, and 5 s to come to rest.
func DefaultTimes() Times {
	return Times{AttemptTimeout: 150 * time.Millisecond, Wait: 10 * time.Millisecond, Lead: 2 * time.Millisecond, Attempts: 3, Settle: 5 * time.Second}
}

func (t Times) withDefaults() Times {
	usual := DefaultTimes()
	for _, d := range []struct{ value, usual *time.Duration }{{&t.AttemptTimeout, &usual.AttemptTimeout}, {&t.Wait, &usual.Wait}, {&t.Lead, &usual.Lead}, {&t.Settle, &usual.Settle}} {
		if *d.value == 0 {
			*d.value = *d.usual
		}
	}
	if t.Attempts == 0 {
		t.Attempts = usual.Attempts
	}
	return t
}

// ServiceConfig says how a service is searched.
type ServiceConfig struct {
	Endpoint purchase.Endpoint
	// AllowedHosts are hosts other than this machine that may be addressed.
	AllowedHosts []string
	// Adapter says how the service is asked, nil by the contract.
	Adapter purchase.Adapter
	// Config has headers, secrets and TLS; the rest of it is not used.
	Config retry.Config
	// Participants are asked by the service through proxies of the search.
	Participants []Participant
	// Reset is how the service is set anew, "" for what it offers. ResetCommand is for
	// ByCommand.
	Reset        ResetBy
	ResetCommand string
	// Users and Product buy and are bought, unless Reset is ByFixture, and with Fresh are the
	// first ones of those that are used; nil and 0 for users 1 to 3 and product 1. After one
	// user alone that is a number come the next numbers.
	Users   []purchase.ID
	Product purchase.ID
	Times   Times
	// Seed determines the idempotency keys (World.Series).
	Seed uint64
	// Process is the service's, for the fault Kill; nil when it cannot be killed.
	Process *fault.Process
}

// Service is an Executor for a service over HTTP: purchases go through a proxy that does their
// faults, and the service's calls to participants through one for each. Make one with
// NewService. It is for one goroutine.
type Service struct {
	config ServiceConfig
	times  Times
	known  fault.Purchases
	front  *fault.CallProxy
	behind []*fault.CallProxy
	buyers []*purchase.Client // by the purchase
	reader *purchase.Client
	asker  *purchase.Client // asks again, past the proxy
	token  string           // of the search as a run
	close  []func()

	fresh  int  // executions so far, with Fresh
	plenty bool // an execution may have had enough for all purchases
	// calls and strangers count the calls at the proxy before each participant that belong to a
	// purchase, and those that do not.
	calls, strangers []int
}

// NewService opens the proxies. Close it.
func NewService(ctx context.Context, c ServiceConfig) (*Service, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	s := &Service{config: c, times: c.Times.withDefaults()}
	err := errors.Join(s.openReader(), s.openProxies())
	if err == nil {
		err = s.openBuyers()
	}
	if err == nil {
		err = s.chooseReset(ctx)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// complete sets the users and the product.
func (c *ServiceConfig) complete() error {
	c.Users, c.Product = slices.Clone(c.Users), cmp.Or(c.Product, 1)
	if len(c.Users) == 0 {
		c.Users = []purchase.ID{1}
	}
	first, numbered := c.Users[0].Number()
	if _, number := c.Product.Number(); c.Reset == Fresh && !(numbered && number) {
		return fmt.Errorf("users and products of each execution's own are numbers: user %s and product %s are not", c.Users[0], c.Product)
	}
	if numbered && len(c.Users) == 1 {
		c.Users = append(c.Users, purchase.NumberID(first+1), purchase.NumberID(first+2))
	}
	return nil
}

// openReader makes the client that sets and reads the service, past the proxy.
func (s *Service) openReader() error {
	reader, release, err := observe.NewClient(s.config.Endpoint, s.config.Adapter, s.config.Config)
	if err != nil {
		return err
	}
	s.close = append(s.close, release)
	s.token = rand.Text()
	s.reader, err = reader.ForRun(s.token)
	return err
}

// openProxies opens the proxy before the service, and those before its participants.
func (s *Service) openProxies() (err error) {
	target := fault.Service{Address: s.config.Endpoint.String(), AllowedHosts: s.config.AllowedHosts, TLS: s.config.Config.TLS}
	if s.front, err = fault.NewCallProxy("", "", target, fault.ClientCalls()); err != nil {
		return err
	}
	s.close = append(s.close, func() { s.front.Close() })
	for _, p := range s.config.Participants {
		proxy, err := fault.NewCallProxy(p.Listen, p.Name, fault.Service{Address: p.URL, AllowedHosts: s.config.AllowedHosts, TLS: s.config.Config.TLS}, fault.ParticipantCalls(&s.known))
		if err != nil {
			return fmt.Errorf("participant %s: %w", p.Name, err)
		}
		s.close = append(s.close, func() { proxy.Close() })
		s.behind = append(s.behind, proxy)
	}
	s.calls, s.strangers = make([]int, len(s.behind)), make([]int, len(s.behind))
	return nil
}

// openBuyers makes a client for each purchase of an execution, which marks its calls.
func (s *Service) openBuyers() error {
	config := s.config.Config
	config.Secrets = append(slices.Clone(config.Secrets), purchase.SecretsOf(s.config.Adapter)...)
	config.Connections = 2 * MaxPurchases
	config.Policy = retry.Policy{
		MaxAttempts: s.times.Attempts, Backoff: retry.Fixed(s.times.Wait), AttemptTimeout: s.times.AttemptTimeout, MaxRetryAfter: s.times.Wait,
	}
	sender, err := s.newSender(config)
	if err != nil {
		return err
	}
	config.Policy.MaxAttempts, config.Policy.AttemptTimeout = 1, max(s.times.Settle, s.times.AttemptTimeout)
	once, err := s.newSender(config)
	if err != nil {
		return err
	}
	if s.asker, err = purchase.NewClient(s.config.Endpoint, once).WithAdapter(s.config.Adapter).ForRun(s.token); err != nil {
		return err
	}
	s.asker = s.asker.WithPollTimes(s.pollTimes())
	through, err := purchase.ParseEndpoint(s.front.URL())
	if err != nil {
		return err
	}
	for p := 1; p <= MaxPurchases; p++ {
		client, err := purchase.NewClient(through, sender).WithAdapter(s.config.Adapter).ForRun(s.token)
		if err != nil {
			return err
		}
		client = client.WithPollTimes(s.pollTimes())
		s.buyers = append(s.buyers, client.MarkCalls(func(c purchase.Call, _ int) retry.Header {
			return retry.Header{Name: fault.CallHeader, Value: fault.Call{Purchase: p, Step: c.Step}.Mark()}
		}))
	}
	return nil
}

// newSender makes a sender that Close closes.
func (s *Service) newSender(c retry.Config) (*retry.Client, error) {
	sender, err := retry.New(c)
	if err == nil {
		s.close = append(s.close, sender.Close)
	}
	return sender, err
}

// pollTimes returns when a purchase that was accepted is asked after.
func (s *Service) pollTimes() purchase.PollTimes {
	return purchase.PollTimes{First: s.times.Wait, Most: max(s.times.Wait, pollMost), For: s.times.Settle}
}

// pollMost is the longest wait between two polls for the outcome of a purchase.
const pollMost = 50 * time.Millisecond

// chooseReset finds out how the service can be set anew, unless that is given.
func (s *Service) chooseReset(ctx context.Context) error {
	if s.config.Reset != "" {
		return nil
	}
	offers := purchase.OffersOf(s.reader.Adapter())
	if offers.Fixture {
		err := s.reader.SetFixture(ctx, fixtureOf(World{Purchases: 1, Scarce: Stock}))
		if err == nil {
			s.config.Reset = ByFixture
			return nil
		}
		if !errors.Is(err, purchase.ErrNoFixture) {
			return err
		}
	}
	if offers.Reset {
		s.config.Reset = ByAdapter
		return nil
	}
	return ErrNoReset
}

// Describe adds to the result of a search in this service what the service and its executions
// were, and what limits them. A certificate is in doubt when a participant got no call of a
// purchase by its proxy.
func (s *Service) Describe(r *Result) {
	r.API, r.Times, r.Reset, r.Participants = s.config.Endpoint.String(), &s.times, s.config.Reset, s.config.Participants
	r.doubt(s.unreached())
	if s.plenty {
		r.Notes = append(r.Notes, "the service does not show its stock and balances, or they are too small: there may have been enough for all purchases")
	}
	if w := r.Witness; w != nil && len(w.Schedule.Faults) == 0 && w.Execution.Effects != nil && w.Execution.Effects.Confirmed == 0 {
		r.Notes = append(r.Notes, "no purchase was confirmed although there was no fault: if the service asks its participants through proxies of the search, each has to be named (--participant)")
	}
	if !slices.Contains(r.Options.Kinds, fault.Kill) {
		r.Notes = append(r.Notes, "the service was not killed: only one that the search starts can be")
	}
}

// unreached says in a sentence which participants got no call of a purchase by their proxies,
// so that no fault was done to them; "" when all did.
func (s *Service) unreached() string {
	var list []string
	for i, p := range s.config.Participants {
		switch {
		case s.calls[i] > 0:
		case s.strangers[i] > 0:
			list = append(list, fmt.Sprintf("none of %s to %s belongs to a purchase: no idempotency key stands in their addresses, headers or bodies", counted(s.strangers[i], "call"), p.Name))
		default:
			list = append(list, fmt.Sprintf("no call to %s came by: is the service told that it is at http://%s?", p.Name, p.Listen))
		}
	}
	return strings.Join(list, "; ")
}

// Close closes the proxies and the connections.
func (s *Service) Close() {
	for _, c := range slices.Backward(s.close) {
		c()
	}
}

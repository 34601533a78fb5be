package nb

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/faultsearch"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// FaultSearch says what Lab.Search searches. Its fields are the flags of `sagalab search`; the zero
// value of each is the flag's default.
type FaultSearch struct {
	// Name is what the result is kept as in the run, for Lab.Found; "" is "search".
	Name string `json:"name"`
	// Purchases is the most purchases of an execution, 1 to 3: 0 means 2. Faults is the most
	// faults at a time, 1 to 4: 0 means 2.
	Purchases int `json:"purchases,omitempty"`
	Faults    int `json:"faults,omitempty"`
	// Kinds are the kinds of faults in the order in which they are tried; nil for
	// fault.CallKinds. fault.Kill needs a service that OwnService or OwnDistributed started.
	Kinds []fault.Kind `json:"kinds,omitempty"`
	// Participants are the services that the service asks, through the search; nil in
	// OwnDistributed for those of the service that it started.
	Participants []Participant `json:"participants,omitempty"`
	// Budget is how long to search, 0 for as long as it takes. A witness is still made smaller
	// and executed again after it.
	Budget time.Duration `json:"budget,omitempty"`
	// Reset is a command for the shell that sets the service anew before each execution; with
	// Fresh nothing does, and each execution uses users and a product of its own, from User and
	// Product on. Without either PUT /lab/scenario or the adapter's reset does it.
	Reset   string      `json:"reset,omitempty"`
	Fresh   bool        `json:"fresh,omitempty"`
	User    purchase.ID `json:"user,omitzero"`
	Product purchase.ID `json:"product,omitzero"`
	// AtOnce begins all purchases at the same moment; else one begins shortly after the other.
	AtOnce bool `json:"at_once,omitempty"`
	// Exhaustive skips no schedule, also when an earlier execution shows what it would do.
	Exhaustive bool `json:"exhaustive,omitempty"`
	// Confirm is how often a witness is executed again; 0 means 10.
	Confirm int `json:"confirm,omitempty"`
	// Timeout bounds an attempt of a purchase: 0 means 150 ms. Wait is the wait before the next
	// one: 0 means 10 ms. Settle is how long the service may take to come to rest: 0 means 5 s,
	// and 1 s in OwnDistributed.
	Timeout time.Duration `json:"timeout,omitempty"`
	Wait    time.Duration `json:"wait,omitempty"`
	Settle  time.Duration `json:"settle,omitempty"`
	// Attempts is how often a request is sent at most, and the last attempt of a call that may
	// have a fault; 0 means 3.
	Attempts int `json:"attempts,omitempty"`
	// Seed draws the idempotency keys; 0 means 1.
	Seed uint64 `json:"seed,omitempty"`
}

// Participant is a service that the service under test asks: Name is how its calls are named, URL
// where it is, such as "http://127.0.0.1:8001", and Listen where the search listens in its place,
// such as "127.0.0.1:9001": tell the service to send there.
type Participant = faultsearch.Participant

// Search makes the same few purchases again and again, each time with other faults on single calls,
// and judges each time by the rules of the audit. It shows how far it has come, and in the end
// either the smallest schedule of faults that breaks a rule, a witness: its calls, the
// counterexample, how to replay it; or how much was tried without breaking one. The result is
// kept in the run, as Lab.Found returns it. The service is set anew for each execution: its orders
// are lost.
//
// An interrupt shows what is known so far. A service that cannot be set anew or that confirms no
// purchase ends the cell.
func (l Lab) Search(s FaultSearch) Found {
	f, err := l.search(s)
	if f.result.Answer != "" {
		f.Show()
	}
	exitOnError(err)
	return f
}

func (l Lab) search(s FaultSearch) (f Found, err error) {
	s = l.withDefaults(s)
	f = Found{lab: l, search: s}
	if err := errors.Join(s.validate(), l.canKill(s), refuseSearchInitialiser(s.Name)); err != nil {
		return f, err
	}
	return f, l.withSearched(s, func(ctx context.Context, run runs.Run, service *faultsearch.Service) error {
		view := newSearchView()
		o := s.options()
		o.Progress = view.show
		f.result, err = faultsearch.Run(ctx, service, o)
		view.end(&f.result)
		service.Describe(&f.result)
		if err != nil {
			return err
		}
		return f.save(run)
	})
}

// withSearched calls what with the proxies of a search open.
func (l Lab) withSearched(s FaultSearch, what func(context.Context, runs.Run, *faultsearch.Service) error) error {
	return l.withCurrentRun(s.Name, nil, 0, func(ctx context.Context, run runs.Run, to runner.Target) error {
		service, err := faultsearch.NewService(ctx, l.searched(s, to))
		if errors.Is(err, faultsearch.ErrNoReset) {
			return fmt.Errorf("%w (FaultSearch.Reset or FaultSearch.Fresh)", err)
		}
		if err != nil {
			return err
		}
		defer service.Close()
		return what(ctx, run, service)
	})
}

// withDefaults sets what is not the default of package faultsearch, and what a service that was
// started for the cell brings.
func (l Lab) withDefaults(s FaultSearch) FaultSearch {
	if s.Name == "" {
		s.Name = "search"
	}
	if s.Purchases == 0 {
		s.Purchases = 2
	}
	if s.Seed == 0 {
		s.Seed = 1
	}
	if s.User == 0 {
		s.User = 1
	}
	if len(l.participants) > 0 {
		if s.Participants == nil {
			s.Participants = l.participants
		}
		if s.Settle == 0 {
			s.Settle = faultsearch.ReferenceSettle
		}
	}
	return s
}

// validate reports everything that is wrong with a search.
func (s FaultSearch) validate() error {
	var errs []error
	if s.Name != filepath.Base(s.Name) || s.Name == "." || s.Name == ".." {
		errs = append(errs, fmt.Errorf("FaultSearch.Name is %q, want a plain name such as retries", s.Name))
	}
	if s.Reset != "" && s.Fresh {
		errs = append(errs, errors.New("FaultSearch.Reset and FaultSearch.Fresh cannot both be set"))
	}
	for _, p := range s.Participants {
		_, err := faultsearch.ParseParticipant(p.String())
		errs = append(errs, err)
	}
	return errors.Join(append(errs, s.options().Validate())...)
}

// canKill is an error when a search kills a service that is no process of the cell's.
func (l Lab) canKill(s FaultSearch) error {
	if l.process == nil && slices.Contains(s.Kinds, fault.Kill) {
		return fmt.Errorf("the fault %s needs a service that OwnService or OwnDistributed started", fault.Kill)
	}
	return nil
}

// refuseSearchInitialiser is refuseInitialiser for a search.
func refuseSearchInitialiser(name string) error {
	if _, initialising := initialiser(); !initialising {
		return nil
	}
	return fmt.Errorf("search %q was not started: a var outside of a function is set anew in every later cell, which would search again each time; "+
		"remove the var with a cell %%rm NAME, call lab.Search(…) below a line %%%%, and lab.Found(%q) in later cells", name, name)
}

// options returns what is searched.
func (s FaultSearch) options() faultsearch.Options {
	o := faultsearch.Options{Worlds: faultsearch.Worlds(s.Purchases), Faults: s.Faults, Attempts: s.Attempts, Kinds: s.Kinds,
		Budget: s.Budget, Confirm: s.Confirm, Exhaustive: s.Exhaustive, Seed: s.Seed}
	for i := range o.Worlds {
		o.Worlds[i].AtOnce = s.AtOnce && o.Worlds[i].Purchases > 1
	}
	return o.WithDefaults()
}

// searched returns which service is searched, and how.
func (l Lab) searched(s FaultSearch, to runner.Target) faultsearch.ServiceConfig {
	c := faultsearch.ServiceConfig{Endpoint: to.Endpoint, AllowedHosts: l.allowedHosts(), Adapter: to.Adapter, Config: to.Config,
		Participants: s.Participants, Product: s.Product, Seed: s.Seed, Process: l.process,
		Times: faultsearch.Times{AttemptTimeout: s.Timeout, Wait: s.Wait, Attempts: s.Attempts, Settle: s.Settle}}
	for i := range faultsearch.MaxPurchases {
		c.Users = append(c.Users, s.User+purchase.ID(i))
	}
	switch {
	case s.Fresh:
		c.Reset = faultsearch.Fresh
	case s.Reset != "":
		c.Reset, c.ResetCommand = faultsearch.ByCommand, s.Reset
	}
	return c
}

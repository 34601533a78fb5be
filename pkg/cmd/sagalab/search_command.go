package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/faultsearch"
	"sagalab/pkg/purchase"
)

// searchFlags are the flags of the search command.
type searchFlags struct {
	serviceFlags
	purchases, faults int
	kinds             []string
	participants      []string
	budget            time.Duration
	reset             string
	fresh             bool
	users             []string
	product           idFlag
	start             string
	kill              bool
	atOnce            bool
	exhaustive        bool
	confirm           int
	resume            string
	seed              uint64
	replay            string
	matrix            bool
	json              string
	times             faultsearch.Times
	files             verdictFlags
}

func searchCommand(out, log io.Writer) *cobra.Command {
	f := searchFlags{times: faultsearch.DefaultTimes(), product: 1}
	c := &cobra.Command{
		Use:   "search",
		Short: "Find the fewest purchases and the fewest faults that break a rule, or say how much was tried",
		Long: `Make the same few purchases again and again, each time with other faults on single calls, and judge each time by the
rules. The first schedule of faults that breaks a rule is made as small as it gets and executed ten times more: a witness.
Without one the answer is a certificate, which says how many schedules there are, were executed and were skipped for which
reason. The service is set anew for each execution: nothing else may use it, and its orders are lost.

Faults are done to the calls of the purchases, and with --participant to those of the service to its participants: tell the
service to send these to LISTEN, where the search stands in between. Such a call belongs to the purchase whose idempotency
key stands in its address, headers or body.

The exit code is 0 for a certificate, 1 for a witness, and 2 when neither was found out: the budget was used up, the service
did not come to rest, or no rule could be judged. It is 3 when a flag is wrong or the service is out of reach; 130 when the
search was interrupted, which prints what is known so far; --resume DIR goes on from there.`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			if f.matrix {
				return searchMatrix(c.Context(), out, log, f)
			}
			return search(c.Context(), out, log, f)
		},
	}
	f.serviceFlags.flags(c)
	f.serviceFlags.adapterFlag(c)
	c.Flag("api").Usage = "address of the service, such as http://127.0.0.1:8000 (default: SAGALAB_API)"
	flags := c.Flags()
	flags.IntVar(&f.purchases, "purchases", 2, fmt.Sprintf("the most purchases, at most %d", faultsearch.MaxPurchases))
	flags.IntVar(&f.faults, "faults", faultsearch.DefaultFaults, fmt.Sprintf("the most faults at a time, at most %d", faultsearch.MaxFaults))
	flags.StringSliceVar(&f.kinds, "kinds", nil, "the kinds of faults, in the order in which they are tried (default: "+kindNames()+")")
	flags.StringArrayVar(&f.participants, "participant", nil, "a service that the service asks, as NAME=LISTEN,URL: where the search listens in its place, and where it is,\nsuch as payments=127.0.0.1:9001,http://127.0.0.1:8001; may be given again")
	flags.DurationVar(&f.budget, "budget", 10*time.Minute, "how long to search; 0 for as long as it takes")
	flags.StringVar(&f.reset, "reset", "", "command for the shell that sets the service anew before each execution (default: PUT /lab/scenario, or the adapter's reset)")
	flags.BoolVar(&f.fresh, "fresh", false, "set nothing anew: each execution uses users and a product of its own, from --user and --product on")
	flags.StringSliceVar(&f.users, "user", []string{"1"}, "with --reset, --fresh or an adapter's reset: the users who buy; after one alone that is a number come the next numbers")
	flags.Var(&f.product, "product", "with --reset, --fresh or an adapter's reset: the product, with --fresh the first one")
	flags.StringVar(&f.start, "start", "", "command that starts the service at --api, which is stopped at the end")
	flags.BoolVar(&f.kill, "kill", false, "also kill the service, once it has acted on a request, and start it again; with --start")
	flags.BoolVar(&f.atOnce, "at-once", false, "begin all purchases at the same moment, so that any may be the first (default: one shortly after the other)")
	flags.BoolVar(&f.exhaustive, "exhaustive", false, "skip no schedule, also when an earlier execution shows what it would do")
	flags.IntVar(&f.confirm, "confirm", faultsearch.DefaultConfirm, "how often a witness is executed again")
	flags.StringVar(&f.resume, "resume", "", "directory in which executions are kept, and from which a search goes on that was interrupted")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the idempotency keys, and of which skipped schedules are executed all the same")
	flags.StringVar(&f.replay, "replay", "", "execute the schedule of this file alone: of a witness that --json wrote, or {\"world\": …, \"schedule\": …}")
	flags.BoolVar(&f.matrix, "matrix", false, "search the reference service in three processes with each of its defects in turn, and print what was found\nbeside how many executions random schedules take; --api is not used")
	flags.StringVar(&f.json, "json", "", "file for the result as JSON; it is replaced")
	flags.DurationVar(&f.times.AttemptTimeout, "timeout", f.times.AttemptTimeout, "how long one attempt of a purchase may take")
	flags.DurationVar(&f.times.Wait, "wait", f.times.Wait, "wait before the next attempt")
	flags.IntVar(&f.times.Attempts, "attempts", f.times.Attempts, "attempts of a request, and the last attempt of a call that may have a fault")
	flags.DurationVar(&f.times.Settle, "settle", f.times.Settle, "how long the service may take to come to rest after the purchases")
	f.files.flags(c)
	return c
}

// kindNames lists the kinds of faults for --help.
func kindNames() string {
	var names string
	for i, k := range fault.CallKinds() {
		if i > 0 {
			names += ","
		}
		names += string(k)
	}
	return names
}

// options validates the flags that say what is searched.
func (f *searchFlags) options() (o faultsearch.Options, err error) {
	o = faultsearch.Options{Worlds: faultsearch.Worlds(f.purchases), Faults: f.faults, Attempts: f.times.Attempts, Budget: f.budget, Confirm: f.confirm, Exhaustive: f.exhaustive, Seed: f.seed}
	for i := range o.Worlds {
		o.Worlds[i].AtOnce = f.atOnce && o.Worlds[i].Purchases > 1
	}
	for _, k := range f.kinds {
		o.Kinds = append(o.Kinds, fault.Kind(k))
	}
	o = o.WithDefaults()
	switch {
	case f.kill && f.start == "":
		err = errors.New("--kill requires --start, the command that starts the service")
	case f.kill && !slices.Contains(o.Kinds, fault.Kill):
		o.Kinds = append(o.Kinds, fault.Kill)
	case f.reset != "" && f.fresh:
		err = errors.New("--reset and --fresh cannot both be given")
	}
	return o, errors.Join(err, f.counts(), o.Validate())
}

// counts refuses numbers below 1: a 0 would be the default.
func (f *searchFlags) counts() error {
	var errs []error
	for _, n := range []struct {
		flag  string
		value int
	}{{"--purchases", f.purchases}, {"--faults", f.faults}, {"--attempts", f.times.Attempts}} {
		if n.value < 1 {
			errs = append(errs, fmt.Errorf("%s is %d, want 1 or more", n.flag, n.value))
		}
	}
	return errors.Join(errs...)
}

// config validates the flags that say which service is searched.
func (f *searchFlags) config() (c faultsearch.ServiceConfig, err error) {
	c = faultsearch.ServiceConfig{AllowedHosts: f.allowHosts, Times: f.times, Seed: f.seed, Product: purchase.ID(f.product)}
	var errs []error
	var named bool
	if c.Endpoint, named, err = f.endpoint(); err == nil && !named {
		err = errors.New("search requires --api, the address of the service; `sagalab serve --lab` starts the reference service")
	}
	errs = append(errs, err)
	c.Adapter, err = f.adapter(nil, nil)
	errs = append(errs, err)
	c.Config, err = f.connection()
	errs = append(errs, err)
	for _, text := range f.participants {
		p, err := faultsearch.ParseParticipant(text)
		errs = append(errs, err)
		c.Participants = append(c.Participants, p)
	}
	for _, text := range f.users {
		id, err := purchase.ParseID(text)
		errs = append(errs, err)
		c.Users = append(c.Users, id)
	}
	switch {
	case f.fresh:
		c.Reset = faultsearch.Fresh
	case f.reset != "":
		c.Reset, c.ResetCommand = faultsearch.ByCommand, f.reset
	}
	return c, errors.Join(errs...)
}

package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sagalab/pkg/retry"
)

// policyVariable names a retry policy, for load and for the cells of notebooks.
const policyVariable = "SAGALAB_POLICY"

// policyFlags are the flags that say how purchases are retried: a policy by its name, and what is
// to be different from it.
type policyFlags struct {
	name    string
	changes retry.Policy // of which those that were given count
	backoff []time.Duration
	jitter  string
}

// flags defines the flags on c.
func (f *policyFlags) flags(c *cobra.Command) {
	usual := retry.Default()
	flags := c.Flags()
	addPolicyFlag(c, &f.name)
	flags.IntVar(&f.changes.MaxAttempts, "attempts", usual.MaxAttempts, "attempts of a purchase, the first included; another one follows a timeout, a dropped connection, a 5xx or 409 in_progress")
	flags.DurationSliceVar(&f.backoff, "backoff", usual.Backoff.List, "the waits before the second, the third, … attempt, without jitter unless --jitter is given; the last one is repeated")
	flags.StringVar(&f.jitter, "jitter", "", "make waits random: full (from 0 to the wait), equal (from half of it) or none (default: as the policy has it)")
	flags.DurationVar(&f.changes.AttemptTimeout, "timeout", usual.AttemptTimeout, "how long one attempt may take")
	flags.BoolVar(&f.changes.RetryAfter, "retry-after", false, "wait as long as the Retry-After of a 409, 429 or 503 asks for, and try each that has one again; after 409 in_progress it always counts")
	flags.BoolVar(&f.changes.NewKeyPerAttempt, "new-key-per-attempt", false, "send every attempt under an idempotency key of its own, to see what that does; 409 in_progress is then not asked again, but by --retry-after")
	flags.Float64Var(&f.changes.Budget.Ratio, "budget", 0, "retry budget: the most retries per operation, over the last 10 s, such as 0.1; 0 does not limit")
	renameFlag(c, "waits", "backoff")
}

// addPolicyFlag defines --policy on c.
func addPolicyFlag(c *cobra.Command, name *string) {
	c.Flags().StringVar(name, "policy", "", "retry policy by its name: "+strings.Join(retry.PolicyNames(), ", ")+" (default: "+policyVariable+")")
}

// policy returns the policy that is named, by the flag or else by the environment, with what the
// flags of c say differently.
func (f policyFlags) policy(c *cobra.Command) (retry.Policy, error) {
	p, err := namedPolicy(f.name)
	if err != nil {
		p = retry.Default()
	}
	given := func(name string) bool { return c.Flags().Changed(name) }
	if given("attempts") {
		p.MaxAttempts = f.changes.MaxAttempts
	}
	if given("backoff") || given("waits") {
		p.Backoff, p.Jitter, p.ThrottledFirst = retry.Fixed(f.backoff...), retry.NoJitter, 0
	}
	if given("jitter") {
		switch p.Jitter = retry.Jitter(f.jitter); p.Jitter {
		case "none":
			p.Jitter = retry.NoJitter
		case retry.Full, retry.Equal:
		default:
			err = errors.Join(err, fmt.Errorf("--jitter is %q, want full, equal or none", f.jitter))
		}
	}
	if given("timeout") {
		p.AttemptTimeout = f.changes.AttemptTimeout
	}
	if given("retry-after") {
		p.RetryAfter = f.changes.RetryAfter
	}
	if given("new-key-per-attempt") {
		p.NewKeyPerAttempt = f.changes.NewKeyPerAttempt
	}
	if given("budget") {
		p.Budget.Ratio = f.changes.Budget.Ratio
	}
	return p, err
}

// namedPolicy returns the policy with this name, with "" the one that the environment names, else the
// original notebook's.
func namedPolicy(name string) (retry.Policy, error) {
	from := "--policy"
	if name == "" && os.Getenv(policyVariable) != "" {
		name, from = os.Getenv(policyVariable), policyVariable
	}
	p, err := retry.Named(cmp.Or(name, retry.PolicyNames()[0]))
	if err != nil {
		err = fmt.Errorf("%s: %w", from, err)
	}
	return p, err
}

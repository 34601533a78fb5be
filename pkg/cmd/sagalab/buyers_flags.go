package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sagalab/pkg/buyers"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// buyersFlags are the flags that say who buys what.
type buyersFlags struct {
	users, products, quantity, methods givenText
	reuse, repeat, keyless             givenText
	mix, feed                          givenText
	rowPerUser                         bool
}

// givenText is the value of a flag, and whether it was given.
type givenText struct {
	text, kind string
	given      bool
}

// String implements pflag.Value.
func (g *givenText) String() string { return g.text }

// Set implements pflag.Value.
func (g *givenText) Set(text string) error {
	g.text, g.given = text, true
	return nil
}

// Type implements pflag.Value: --help shows it after the flag.
func (g *givenText) Type() string { return g.kind }

// namedFlag is a flag with its name and what --help says of it.
type namedFlag struct {
	name  string
	value *givenText
	kind  string
	usage string
	// inText is its name in the text of a buyers.Mix, "" when that is name.
	inText string
}

func (f *buyersFlags) choices() []namedFlag {
	return []namedFlag{
		{name: "users", value: &f.users, kind: "choice", usage: "user_id of each purchase (default 1):\n" + buyers.ChoiceSyntax},
		{name: "products", value: &f.products, kind: "choice", usage: "product_id of each purchase, as --users (default 1)"},
		{name: "quantity", value: &f.quantity, kind: "choice", usage: "quantity of each purchase, as --users (default 1)"},
		{name: "payment-method", inText: "methods", value: &f.methods, kind: "choice", usage: "payment_method_id of each purchase, as --users, or user: method n of user n (the default)"},
	}
}

func (f *buyersFlags) parts() []namedFlag {
	return []namedFlag{
		{name: "reuse", value: &f.reuse, kind: "part", usage: "part of the purchases that send the key of an earlier one with another payload, such as 1%"},
		{name: "repeat", value: &f.repeat, kind: "part", usage: "part of the purchases that are an earlier one again, with the same key and payload"},
		{name: "keyless", value: &f.keyless, kind: "part", usage: "part of the purchases that are sent without a key"},
	}
}

func (f *buyersFlags) flags(c *cobra.Command) {
	all := slices.Concat(f.choices(), f.parts(), []namedFlag{
		{name: "mix", value: &f.mix, kind: "text", usage: "who buys what in one text, as a run records it, such as\n'" + buyers.Syntax + "'"},
		{name: "feed", value: &f.feed, kind: "file", usage: "CSV file of which each row is a purchase, in order and around again; columns: " + buyers.FeedColumns + ";\nworkers of a fleet have copies of their own (worker --feed)"},
	})
	for _, n := range all {
		n.value.kind = n.kind
		c.Flags().Var(n.value, n.name, n.usage)
	}
	c.Flags().BoolVar(&f.rowPerUser, "row-per-user", false, "with --feed and stages such as each:20x50,each: all purchases of a virtual user are of one row")
	c.Flags().SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		switch name {
		case "user", "product": // the names of before they took more than one number
			name += "s"
		}
		return pflag.NormalizedName(name)
	})
}

// stageBuyers says who buys what in the stages of a load.
type stageBuyers struct {
	purchase.Buyers
	perUser *buyers.Mix // its feed's rows are of one virtual user each; nil when they are not
}

// of returns the buyers of a stage.
func (b stageBuyers) of(s load.Stage) purchase.Buyers {
	if b.perUser == nil {
		return b.Buyers
	}
	m := *b.perUser
	m.Feed = m.Feed.Each(s.Requests)
	return m.Simplest()
}

// parse reads the flags, for these stages, and reports all faults at once. A feed is read whole.
func (f *buyersFlags) parse(stages []load.Stage) (b stageBuyers, err error) {
	if err := f.contradictions(); err != nil {
		return b, err
	}
	m, err := f.mixture()
	if err != nil {
		return b, err
	}
	if err := m.Validate(); err != nil {
		return b, fmt.Errorf("--%s: %w", f.source(), err)
	}
	if f.rowPerUser {
		b.perUser = &m
	}
	b.Buyers = m.Simplest()
	return b, f.checkStages(m.Feed, stages)
}

// source is the flag that the buyers come from, for messages.
func (f *buyersFlags) source() string {
	for _, n := range slices.Concat([]namedFlag{{name: "feed", value: &f.feed}}, f.parts(), f.choices()) {
		if n.value.given {
			return n.name
		}
	}
	return "mix"
}

// mixture reads the flags as a mix.
func (f *buyersFlags) mixture() (m buyers.Mix, err error) {
	if f.mix.given {
		return f.readMix()
	}
	var faults []error
	for _, n := range slices.Concat(f.choices(), f.parts()) {
		if !n.value.given {
			continue
		}
		if _, err := m.Set(cmp.Or(n.inText, n.name), n.value.text); err != nil {
			faults = append(faults, fmt.Errorf("--%s: %w", n.name, err))
		}
	}
	switch {
	case f.feed.given:
		if m.Feed, err = readFeed(f.feed.text); err != nil {
			faults = append(faults, err)
		}
	case !f.methods.given && !f.users.given:
		m.Methods = buyers.One(1)
	case !f.methods.given && m.Users.Constant(): // which a run records as a number
		m.Methods = m.Users
	}
	return m, errors.Join(faults...)
}

// readFeed reads the file that --feed names.
func readFeed(path string) (*buyers.Feed, error) {
	if path == "" {
		return nil, errors.New("--feed is empty, want the name of a CSV file with the columns " + buyers.FeedColumns)
	}
	feed := buyers.FeedFile(path)
	if err := feed.Validate(); err != nil { // which begins with "feed FILE: "
		return nil, fmt.Errorf("--%w", err)
	}
	return feed, nil
}

// readMix reads --mix, with the feed that it may name.
func (f *buyersFlags) readMix() (m buyers.Mix, err error) {
	var feed *buyers.Feed
	if f.feed.given {
		if feed, err = readFeed(f.feed.text); err != nil {
			return m, err
		}
	}
	if m, err = buyers.ParseMix(f.mix.text, feed); err != nil {
		return m, fmt.Errorf("--mix: %w", err)
	}
	var missing *buyers.NoFeedError
	switch {
	case m.Feed == nil && feed != nil:
		err = errors.New("--mix names no feed, and --feed is given: leave one of both out")
	case m.Feed != nil && errors.As(m.Feed.Validate(), &missing) && feed != nil:
		err = fmt.Errorf("--mix takes its purchases from the %s, and --feed is the %s", missing.Feed, feed.Describe())
	case missing != nil:
		err = fmt.Errorf("--mix takes its purchases from the %s: name its file with --feed", missing.Feed)
	}
	return m, err
}

// contradictions refuses flags that say the same twice.
func (f *buyersFlags) contradictions() error {
	given := func(list ...namedFlag) (names []string) {
		for _, n := range list {
			if n.value.given {
				names = append(names, "--"+n.name)
			}
		}
		return names
	}
	if others := given(slices.Concat(f.choices(), f.parts())...); f.mix.given && len(others) > 0 {
		return fmt.Errorf("--mix says who buys what: leave out %s, or write all of it with flags of their own", strings.Join(others, ", "))
	}
	if others := given(f.choices()...); f.feed.given && len(others) > 0 {
		return fmt.Errorf("--feed and %s exclude each other: the rows of the feed have users, products, quantities and payment methods", strings.Join(others, ", "))
	}
	if f.rowPerUser && !f.feed.given {
		return errors.New("--row-per-user is about the rows of --feed: give --feed, too")
	}
	return nil
}

// checkStages refuses stages for which the rows of a feed, which may be nil, make no sense.
func (f *buyersFlags) checkStages(feed *buyers.Feed, stages []load.Stage) error {
	if feed == nil {
		return nil
	}
	var faults []error
	for _, s := range stages {
		if f.rowPerUser && !s.PerUser {
			faults = append(faults, fmt.Errorf("--row-per-user: stage %q has no users with purchases of their own, as each:20x50,each has", s.Name))
		} else if feed.HasKeys() {
			faults = append(faults, f.checkKeyedRows(feed.Rows(), s))
		}
	}
	if len(stages) > 1 && feed.HasKeys() {
		faults = append(faults, fmt.Errorf("--feed: its rows have idempotency keys, and %d stages would send each of them: give one stage, or leave the column out", len(stages)))
	}
	return errors.Join(faults...)
}

// checkKeyedRows refuses a stage that sends more purchases than there are rows with keys, or may do so.
func (f *buyersFlags) checkKeyedRows(rows int, s load.Stage) error {
	const why = "and the %d rows have idempotency keys: a row that is sent again would repeat a purchase; "
	switch n := s.Planned(); {
	case s.Poisson || n == 0: // ramping users
		return fmt.Errorf("--feed: it is not known before how many purchases stage %q sends, "+why+"give a stage with a number of purchases, or with a rate and without poisson, or leave the column out", s.Name, rows)
	case n > rows || f.rowPerUser && s.Requests > 1:
		return fmt.Errorf("--feed: stage %q sends %d purchases, "+why+"give it more rows, or leave the column out", s.Name, n, rows)
	}
	return nil
}

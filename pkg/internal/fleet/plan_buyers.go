package fleet

import (
	"errors"
	"fmt"
	"strings"

	"sagalab/pkg/buyers"
	"sagalab/pkg/purchase"
)

// setBuyers puts into the plan who buys what.
func (p *plan) setBuyers(b purchase.Buyers) (err error) {
	if order, constant := purchase.Constant(b); constant {
		p.Order = &order
		return nil
	}
	p.Buyers, err = buyers.Portable(b)
	return err
}

// buyers makes the buyers of the plan with this worker's own feeds, which are matched by the
// hash of their content.
func (p plan) buyers(c WorkerConfig) (purchase.Buyers, error) {
	if p.Order != nil {
		return *p.Order, nil
	}
	b, err := buyers.Parse(p.Buyers, c.Feeds...)
	if err != nil {
		return nil, err
	}
	var missing *buyers.NoFeedError
	if errors.As(b.Validate(), &missing) {
		return nil, fmt.Errorf("the load takes its purchases from the %s, and this worker has %s: start it with --feed and a copy of the load's file", missing.Feed, c.feeds())
	}
	return b, nil
}

// feeds names the feeds of this worker: "no feed", or all of them.
func (c WorkerConfig) feeds() string {
	var names []string
	for _, f := range c.Feeds {
		names = append(names, "the "+f.Describe())
	}
	if len(names) == 0 {
		return "no feed"
	}
	return strings.Join(names, " and ")
}

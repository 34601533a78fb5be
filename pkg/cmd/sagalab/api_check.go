package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"sagalab/pkg/adapters"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// apiCheck is a file that is being tried out on a service.
type apiCheck struct {
	file   *adapters.File
	shown  *adapters.File // the same with other secrets, nil when there is none
	sender *retry.Client
	client *purchase.Client
	flags  apiCheckFlags
	offers purchase.Offers
	report apiReport

	confirmed purchase.Result // the one purchase, when it was confirmed
	listedID  string          // of its order in the list, which may have been found by its key

	// what was read before the one purchase; nil and 0 for what was not read
	stockBefore, balanceBefore *int64
	ordersBefore               int
	price                      int64              // of the product, 0 when it is not shown
	early                      map[string]apiRead // what was read just after the one purchase, by name
}

// close closes the connections.
func (c *apiCheck) close() { c.sender.Close() }

// reach asks whether the service is there, before anything is bought. The error is that it is
// out of reach, or that of ctx.
func (c *apiCheck) reach(ctx context.Context) error {
	err := c.client.Reachable(ctx, purchase.Connectivity{Attempts: 3, Timeout: c.flags.timeout, Pause: time.Second}, nil)
	if err != nil {
		return c.outOfReach(err)
	}
	c.report.Health = "any answer will do: the file has no health"
	if c.offers.Health {
		h := c.file.Health()
		c.report.Health = orElse(h.Method, http.MethodPost) + " " + c.sender.Redact(h.Path) + " says that it is there"
	}
	return nil
}

// run makes all steps. The error is that of ctx.
func (c *apiCheck) run(ctx context.Context) error {
	c.readBefore(ctx)
	c.buyOne(ctx)
	c.readAfter(ctx)
	c.buyTooMuch(ctx)
	c.repeat(ctx)
	c.buyTwice(ctx)
	c.readAll(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	c.report.addRules(c.offers.Keys && c.confirmed.Success())
	return nil
}

// outOfReach adds to the error of Reachable what to do about it.
func (c *apiCheck) outOfReach(err error) error {
	down := new(purchase.UnreachableError)
	switch {
	case !errors.As(err, &down):
		return err
	case down.Answered():
		return fmt.Errorf("%w: nothing was bought; correct --api, or health: in %s", err, c.report.File)
	}
	return fmt.Errorf("%w: nothing was bought; start the service, or correct --api", err)
}

// The names of the steps.
const (
	oneStep     = "one purchase"
	refusedStep = "one to be refused"
	repeatStep  = "a repeat under the same key"
	twiceStep   = "two at once under one key"
)

// buy makes a purchase under a key.
func (c *apiCheck) buy(ctx context.Context, r purchase.Request, key string) purchase.Result {
	r.IdempotencyKey = key
	return c.client.Purchase(ctx, r)
}

// mostBought is how often the one purchase is made, where the service answers that it is in trouble.
const mostBought = 3

// buyOne makes the one purchase, which has to be confirmed. One that ends with a 5xx is made again.
func (c *apiCheck) buyOne(ctx context.Context) {
	r := c.buy(ctx, c.flags.one, retry.NewKey())
	s := c.step(oneStep, r)
	for again := 1; again < mostBought && isTemporary(s) && ctx.Err() == nil; again++ {
		c.report.add(s)
		r = c.buy(ctx, c.flags.one, retry.NewKey())
		s = c.step(oneStep, r)
	}
	switch {
	case s.Problem != "" || r.Success():
	case isTemporary(s):
		s.Problem = fmt.Sprintf("it was not confirmed: the last %d purchases ended with a 5xx; is the service in order?", mostBought)
	default:
		s.Problem = "it was not confirmed: choose another --user, --product or --quantity, or change means"
		if s.Status == http.StatusNotFound {
			s.Problem += fmt.Sprintf("; an HTTP 404 may also say that the path of %s is wrong, which follows %s", pathMember(r), c.report.API)
		}
	}
	if r.Success() {
		c.confirmed = r
		switch {
		case r.OrderID != "":
		case c.file.NamesOrders():
			s.Problem = fmt.Sprintf("the confirming answer names no order where order says, or one of more than %d bytes, which is not kept: change the path", purchase.MaxOrderID)
		default:
			s.note("the file has no order: path, so that the audit finds the order by its key or not at all")
		}
		_, call := c.partsOf(r)
		if err := c.file.CheckAmount(call, lastOf(r)); err != nil && s.Problem == "" {
			s.Problem = c.sender.Redact(err.Error())
		}
	}
	c.report.add(s)
}

// buyTooMuch makes a purchase that has to be refused.
func (c *apiCheck) buyTooMuch(ctx context.Context) {
	if c.flags.refused == 0 {
		c.report.skip(refusedStep, "--refused-quantity is 0")
		return
	}
	one := c.flags.one
	one.Quantity = c.flags.refused
	r := c.buy(ctx, one, retry.NewKey())
	s := c.step(refusedStep, r)
	if r.Success() {
		s.note(fmt.Sprintf("a quantity of %d was confirmed, so that no refusal was seen: give a --refused-quantity that the service refuses", one.Quantity))
	} else if s.Problem == "" && !r.Answer.Meaning.IsRefusal() {
		s.note("this is no refusal: none was seen")
	}
	c.report.add(s)
}

// repeat sends the one purchase again under its key.
func (c *apiCheck) repeat(ctx context.Context) {
	switch {
	case !c.offers.Keys:
		c.report.skip(repeatStep, "the file sends no keys")
		return
	case !c.confirmed.Success():
		c.report.skip(repeatStep, "no purchase was confirmed")
		return
	}
	r := c.buy(ctx, c.flags.one, c.confirmed.Request.IdempotencyKey)
	s := c.step(repeatStep, r)
	switch id := c.confirmed.OrderID; {
	case s.Problem != "":
	case r.Answer.Meaning.IsRefusal():
		s.Problem = fmt.Sprintf("the confirmed purchase is understood as %s: its answer to a repeat needs a rule of its own in means, before that", r.Answer.Meaning)
	case r.Success() && r.OrderID != "" && id != "" && r.OrderID != id:
		s.Problem = fmt.Sprintf("the same key made another order than %s: the service does not know the key, or order is the wrong path", id)
	case r.Success() && r.OrderID != "" && r.OrderID == id:
		s.note("the same order")
	}
	c.report.add(s)
}

// buyTwice sends two purchases at once under one new key.
func (c *apiCheck) buyTwice(ctx context.Context) {
	if !c.offers.Keys {
		c.report.skip(twiceStep, "the file sends no keys")
		return
	}
	key := retry.NewKey()
	var results [2]purchase.Result
	var both sync.WaitGroup
	for i := range results {
		both.Go(func() { results[i] = c.buy(ctx, c.flags.one, key) })
	}
	both.Wait()
	first, second := c.step(twiceStep, results[0]), c.step(twiceStep, results[1])
	a, b := results[0], results[1]
	switch {
	case first.Problem != "" || second.Problem != "":
	case a.Success() && b.Success() && a.OrderID != b.OrderID && a.OrderID != "" && b.OrderID != "":
		second.Problem = fmt.Sprintf("one key made the orders %s and %s", a.OrderID, b.OrderID)
	case a.Success() && b.Success() && a.OrderID == b.OrderID && a.OrderID != "":
		second.note("both are the same order")
	case a.Success() && b.Answer.Meaning.IsRefusal(), b.Success() && a.Answer.Meaning.IsRefusal():
		second.Problem = "one key was confirmed and refused: an answer about a purchase under way is \"try again\""
	default:
		second.note(fmt.Sprintf("1 was understood as %s; 2 as %s", first.understood(), second.understood()))
	}
	first.Number, second.Number = 1, 2
	c.report.add(first)
	c.report.add(second)
}

// step returns what was sent for a purchase, what came and what was understood.
func (c *apiCheck) step(name string, r purchase.Result) apiStep {
	parts, call := c.partsOf(r)
	last, a, err := lastOf(r), r.Answer, r.Operation.Err
	s := apiStep{Step: name, Parts: parts, Sent: c.sent(call), Status: last.Status, Meaning: meaningText(a.Meaning), Reason: r.Reason, OrderID: r.OrderID, Amount: a.Amount}
	switch {
	case len(r.Operation.Attempts) == 0:
		s.Sent, s.Meaning, s.Problem = c.sent(purchase.Call{Purchase: r.Request, Key: r.Operation.Key, Attempt: 1}), purchase.MeansNotSent.String(), c.sender.Redact(fmt.Sprint(err))
	case last.Class != "":
		s.Answer, s.Problem = last.String(), "no whole answer came"
	default:
		s.Answer = c.answer(last)
	}
	switch {
	case s.Problem != "":
	case parts != nil && err != nil && !errors.Is(err, retry.ErrExhausted):
		s.Problem = c.sender.Redact(err.Error())
	case a.Meaning != purchase.MeansUnclear || !strings.HasPrefix(a.Reason, "http_") || a.OrderID != "":
	case last.Status >= http.StatusInternalServerError:
		s.note(fmt.Sprintf("HTTP %d is temporary and needs no rule: a load sends the request again under its key", last.Status))
	default:
		s.Problem = c.notCovered(r, last.Status)
	}
	if s.Problem != "" && a.Step != "" && err == nil {
		s.Problem = "step " + a.Step + ": " + s.Problem
	}
	return s
}

// notCovered says what may be done about an answer that no rule covers.
func (c *apiCheck) notCovered(r purchase.Result, status int) string {
	const uncovered = "no rule of means covers this answer, or one says unknown"
	if status >= 300 && status < 400 {
		return fmt.Sprintf("%s: a redirect (HTTP %d) is not followed: change send or --api to where it leads, or add one for it", uncovered, status)
	}
	if status == http.StatusNotFound {
		return fmt.Sprintf("%s: is the path of %s right, which follows %s? Else add one for HTTP 404", uncovered, strings.TrimSuffix(pathMember(r), ":"), c.report.API)
	}
	if status != http.StatusUnauthorized && status != http.StatusForbidden {
		return fmt.Sprintf("%s: add one for HTTP %d", uncovered, status)
	}
	secrets := "the file has no {{.Var.NAME}}"
	if names := slices.Sorted(maps.Keys(c.file.Vars())); len(names) > 0 {
		secrets = "the file reads SAGALAB_VAR_" + strings.Join(names, " and SAGALAB_VAR_")
	}
	return fmt.Sprintf("%s: HTTP %d says that this client may not ask. Is the token right (%s)? A rule for HTTP %d makes sense where it is about the purchase", uncovered, status, secrets, status)
}

// isTemporary reports whether a step ended with a 5xx, which a load tries again.
func isTemporary(s apiStep) bool {
	return s.Problem == "" && s.Status >= http.StatusInternalServerError && s.Meaning == meaningText(purchase.MeansUnclear)
}

// pathMember names the member of the file that has the path of the request whose answer was seen last.
func pathMember(r purchase.Result) string {
	if lastIsPoll(r) {
		return "poll: get:"
	}
	return "send:"
}

// meaningText returns the word that a file has for a meaning where ours is another one.
func meaningText(m purchase.Meaning) string {
	if m == purchase.MeansUnclear {
		return "unknown"
	}
	return m.String()
}

// answer returns what came, without what is long.
func (c *apiCheck) answer(a retry.Attempt) string {
	if body := strings.TrimSpace(string(a.Body)); body != "" {
		return shortened(c.sender.Redact(body), 200)
	}
	return "an empty body"
}

// sent returns what was sent for a call.
func (c *apiCheck) sent(call purchase.Call) apiRequest {
	if call.Poll {
		return c.build(func() (retry.Request, error) { return c.shown.Poll(call) })
	}
	return c.build(func() (retry.Request, error) { return c.shown.Request(call) })
}

// shortened returns at most n characters of a text.
func shortened(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return text
}

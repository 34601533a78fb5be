package acp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// DefaultPairs is how many pairs of requests are sent at once where Options has none.
const DefaultPairs = 16

// Options are what is bought in a check.
type Options struct {
	// Purchase is what each checkout has; its key is not used.
	Purchase purchase.Request
	// Pairs is how many times two requests are sent at once, under one key to create, to
	// complete, and under two keys to complete; 0 means DefaultPairs.
	Pairs int
}

// Check asks a merchant at e for each clause of section 6 on keys. It creates checkouts and
// completes many of them: they stay. c sends each request once (retry.Policy.MaxAttempts is 1)
// over at least two connections. The error is context.Cause of a ctx that ended, or that a
// plain checkout cannot be bought at all, so that there is nothing to check.
func Check(ctx context.Context, a *Adapter, e purchase.Endpoint, c *retry.Client, o Options) (*Report, error) {
	if o.Pairs == 0 {
		o.Pairs = DefaultPairs
	}
	k := &check{ctx: ctx, adapter: a, base: e.String(), client: c, one: o.Purchase, pairs: o.Pairs, report: &Report{}}
	err := k.begin()
	if err == nil {
		for _, part := range []func(){
			k.required, k.opaque, k.scope, k.identity, k.equality, k.extension, k.replay, k.replayUpdate, k.replayComplete,
			k.conflict, k.atOnce, k.oneOrder, k.serverErrors, k.retention,
		} {
			if part(); ctx.Err() != nil {
				break
			}
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	k.report.sort()
	return k.report, err
}

// check is a merchant that is being checked. It belongs to one goroutine, but for send.
type check struct {
	ctx     context.Context
	adapter *Adapter
	base    string
	client  *retry.Client
	one     purchase.Request
	pairs   int
	report  *Report

	handler string // of the payment
	extends bool   // the extension of discounts is active
	create  string // the plain body of create, and of complete
	pay     string
}

// begin buys one checkout, which has to work.
func (k *check) begin() error {
	create, err := textOf(k.adapter.createBody(k.one))
	if err != nil {
		return err
	}
	k.create = string(create)
	opened := k.send(request{path: createPath, key: retry.NewKey(), body: k.create, id: "first-create"})
	if !opened.ok() || opened.id() == "" {
		return fmt.Errorf("no checkout could be created, so that nothing can be checked: %s%s", opened, message(opened))
	}
	k.handler = opened.body.Get("capabilities.payment.handlers.0.id").String()
	k.extends = opened.body.Get(`capabilities.extensions.#(name%"discount*").name`).Exists()
	pay, err := textOf(k.adapter.completeBody(k.one, k.handler))
	if err != nil {
		return err
	}
	k.pay = string(pay)
	if err := k.choose(opened, "first-update"); err != nil {
		return fmt.Errorf("%w, so that nothing can be checked", err)
	}
	bought := k.complete(opened.id(), retry.NewKey(), "first-complete")
	if !bought.ok() || bought.order() == "" {
		return fmt.Errorf("a checkout could not be completed, so that nothing can be checked: %s%s", bought, message(bought))
	}
	return nil
}

// message returns what an answer says for a person.
func message(r reply) string {
	for _, path := range []string{"message", "messages.0.content"} {
		if text := r.body.Get(path).String(); text != "" {
			return ": " + text
		}
	}
	return ""
}

// request is one request of a check: a POST.
type request struct {
	path, key, body string
	id              string // of the request, by which a merchant's log can name it
	token           string // "" for the adapter's
	language        string // Accept-Language, "" for none
}

// send sends a request once.
func (k *check) send(q request) reply {
	token := q.token
	if token == "" {
		token = k.adapter.variables.token
	}
	r := k.adapter.with(retry.Request{Path: q.path, Body: []byte(q.body)}, token, q.id).With("Accept-Language", q.language).With("Idempotency-Key", q.key)
	return k.do(r)
}

// tries bounds how often a request is sent that the merchant turned away.
const tries = 20

// do sends a request, and again while the merchant says 429.
func (k *check) do(r retry.Request) reply {
	for n := 1; ; n++ {
		got := replyOf(k.client.Send(k.ctx, k.base, r))
		if got.at.Status != http.StatusTooManyRequests || n == tries || !k.pause(got) {
			return got
		}
	}
}

// pause waits as an answer asks for, at most 5 s, and reports whether there is more time.
func (k *check) pause(r reply) bool {
	wait, asked := r.retryAfter()
	if !asked {
		wait = 100 * time.Millisecond
	}
	select {
	case <-k.ctx.Done():
		return false
	case <-time.After(min(wait, 5*time.Second)):
		return true
	}
}

// settled sends a request until it is no longer in flight.
func (k *check) settled(q request) (got reply) {
	for range tries {
		if got = k.send(q); !got.inFlight() || !k.pause(got) {
			return got
		}
	}
	return got
}

// get reads a checkout.
func (k *check) get(id string) reply {
	return k.do(k.adapter.with(retry.Get(checkoutPath(id)), k.adapter.variables.token, "read"))
}

// complete completes a checkout under a key.
func (k *check) complete(id, key, requestID string) reply {
	return k.send(request{path: checkoutPath(id) + "/complete", key: key, body: k.pay, id: requestID})
}

// errNoCheckout says why a part of a check was left out.
var errNoCheckout = errors.New("no checkout could be created for it")

// open creates a checkout that can be completed and returns its id; the error describes the answer.
func (k *check) open(requestID string) (string, error) {
	r := k.send(request{path: createPath, key: retry.NewKey(), body: k.create, id: requestID})
	if !r.ok() || r.id() == "" {
		return "", fmt.Errorf("%w: %s", errNoCheckout, r)
	}
	return r.id(), k.choose(r, requestID)
}

// choose chooses the fulfillment option of a checkout that was created, where the settings have
// one. The error describes the answer.
func (k *check) choose(created reply, requestID string) error {
	if k.adapter.settings.fulfillment == "" {
		return nil
	}
	kept, err := k.adapter.keep(created.body)
	if err != nil {
		return err
	}
	text, err := textOf(choiceOf(k.one, kept))
	if err != nil {
		return err
	}
	if r := k.send(request{path: checkoutPath(created.id()), key: retry.NewKey(), body: string(text), id: requestID}); !r.ok() {
		return fmt.Errorf("the fulfillment option of a checkout could not be chosen: %s%s", r, message(r))
	}
	return nil
}

// bought creates a checkout and completes it under a key.
func (k *check) bought(key, requestID string) (id string, done reply, err error) {
	if id, err = k.open(requestID); err != nil {
		return "", done, err
	}
	if done = k.complete(id, key, requestID); !done.ok() || done.order() == "" {
		return "", done, fmt.Errorf("its checkout was not completed: %s", done)
	}
	return id, done, nil
}

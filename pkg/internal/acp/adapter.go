package acp

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// The steps of a purchase.
const (
	StepCreate   = "create"
	StepUpdate   = "update" // with the setting fulfillment: it is chosen
	StepComplete = "complete"
)

// The values that later requests need of the answer to create.
const (
	keptCheckout = "checkout" // its id
	keptHandler  = "handler"  // the id of the payment handler that is used
	keptOption   = "option"   // the id of the fulfillment option, and
	keptType     = "type"     // its type
)

// Adapter is a purchase.Adapter of merchants that implement the protocol: a purchase creates a
// checkout and completes it, each under an Idempotency-Key of its own. A checkout that is still
// being completed is read until it has ended. The protocol has no list of orders, no stock and no
// balance, so that nothing else can be read. Make one with Parse; the zero value is not valid.
// It is safe for concurrent use.
type Adapter struct {
	settings  settings
	variables variables
}

var _ interface {
	purchase.PortableAdapter
	purchase.Stepper
	purchase.ValueKeeper
	purchase.Poller
	purchase.SecretKeeper
} = (*Adapter)(nil)

// IsContents reports whether a text is one that Parse reads: it begins with the name of the
// protocol, after lines of comment.
func IsContents(contents string) bool {
	for line := range strings.Lines(contents) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return strings.HasPrefix(line, "acp:")
		}
	}
	return false
}

// Standard is the text of an Adapter with nothing but defaults.
func Standard() string { return defaults().String() }

// Parse makes an Adapter of the text of its settings, lines of NAME: VALUE of which the first is
// "acp: 2026-04-17". vars are the secrets: token, signing_key, payment_token and, for Check,
// other_token. The error names the text and its line.
func Parse(name, contents string, vars map[string]string) (*Adapter, error) {
	if !IsContents(contents) {
		return nil, fmt.Errorf("%s: it does not begin with acp: %s", name, Version)
	}
	s, err := parseSettings(contents)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Adapter{s, variablesOf(vars)}, nil
}

// String returns the name of the protocol and its version.
func (a *Adapter) String() string { return "ACP " + a.settings.version }

// Contents implements purchase.PortableAdapter. No secret is in it.
func (a *Adapter) Contents() string { return a.settings.String() }

// Secrets implements purchase.SecretKeeper.
func (a *Adapter) Secrets() []string { return a.variables.secrets() }

// Steps implements purchase.Stepper.
func (a *Adapter) Steps() []string {
	if a.settings.fulfillment != "" {
		return []string{StepCreate, StepUpdate, StepComplete}
	}
	return []string{StepCreate, StepComplete}
}

// Request implements purchase.Adapter.
func (a *Adapter) Request(c purchase.Call) (retry.Request, error) {
	path, body := createPath, any(nil)
	switch c.Step {
	case StepUpdate:
		path, body = checkoutPath(c.Kept[keptCheckout]), choiceOf(c.Purchase, c.Kept)
	case StepComplete:
		path, body = checkoutPath(c.Kept[keptCheckout])+"/complete", a.completeBody(c.Purchase, c.Kept[keptHandler])
	default:
		body = a.createBody(c.Purchase)
	}
	text, err := textOf(body)
	if err != nil {
		return retry.Request{}, err
	}
	return a.with(retry.Request{Path: path, Body: text}, a.variables.token, fmt.Sprintf("%s-%d", c.Key, c.Attempt)).WithKey(c.Key), nil
}

// Read implements purchase.Adapter.
func (a *Adapter) Read(c purchase.Call, at retry.Attempt) purchase.Answer { return read(c, at, false) }

// Keep implements purchase.ValueKeeper: the id of the checkout, of its payment handler, and of the
// fulfillment option to choose.
func (a *Adapter) Keep(c purchase.Call, at retry.Attempt) (map[string]string, error) {
	if c.Step != StepCreate {
		return nil, nil
	}
	return a.keep(gjson.ParseBytes(at.Body))
}

// keep returns what later requests need of the answer to create.
func (a *Adapter) keep(body gjson.Result) (map[string]string, error) {
	id := body.Get("id").String()
	if id == "" {
		return nil, errors.New("the answer to create names no id of a checkout session")
	}
	kept := map[string]string{keptCheckout: id, keptHandler: body.Get("capabilities.payment.handlers.0.id").String()}
	for _, option := range body.Get("fulfillment_options").Array() {
		if a.settings.fulfillment == firstOption || option.Get("id").String() == a.settings.fulfillment {
			kept[keptOption], kept[keptType] = option.Get("id").String(), option.Get("type").String()
			return kept, nil
		}
	}
	if a.settings.fulfillment != "" {
		return nil, fmt.Errorf("the answer to create offers no fulfillment option %s", a.settings.fulfillment)
	}
	return kept, nil
}

// Poll implements purchase.Poller: the checkout is read.
func (a *Adapter) Poll(c purchase.Call) (retry.Request, error) {
	return a.with(retry.Get(checkoutPath(c.Kept[keptCheckout])), a.variables.token, fmt.Sprintf("%s-poll-%d", c.Key, c.Attempt)), nil
}

// ReadPoll implements purchase.Poller.
func (a *Adapter) ReadPoll(c purchase.Call, at retry.Attempt) purchase.Answer {
	return read(c, at, true)
}

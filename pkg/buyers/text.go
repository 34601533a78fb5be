package buyers

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sagalab/pkg/purchase"
)

// The names of what a text says.
const (
	usersName, productsName, quantityName, methodsName = "users", "products", "quantity", "methods"

	feedName, rowsName, eachName       = "feed", "rows", "each"
	reuseName, repeatName, keylessName = "reuse", "repeat", "keyless"
	ownMethod                          = "user" // methods=user
	maxText                            = 1 << 20
)

// Syntax says what Parse reads, for --help.
const Syntax = "users=1..1000 products=1..20:zipf(1.1) quantity=1..3 methods=user reuse=1% repeat=2% keyless=1%"

// String returns m as Parse reads it, such as "users=1..1000 products=1 quantity=1..3
// methods=user reuse=1%".
func (m Mix) String() string {
	var b strings.Builder
	if m.Feed != nil {
		b.WriteString(m.Feed.String())
	} else {
		for _, c := range m.choices() {
			value := c.String()
			switch {
			case value == "" && c.name == methodsName:
				value = ownMethod
			case value == "":
				value = "1"
			}
			fmt.Fprintf(&b, "%s=%s ", c.name, value)
		}
	}
	for _, p := range m.parts() {
		if *p.fraction != 0 {
			fmt.Fprintf(&b, " %s=%s", p.name, percent(*p.fraction))
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// percent writes a fraction as ParsePart reads it.
func percent(f float64) string {
	text := strconv.FormatFloat(f*100, 'g', 15, 64)
	if back, err := strconv.ParseFloat(text+"e-2", 64); err == nil && back == f {
		return text + "%"
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// ParsePart reads a part of the purchases, such as "1%" or "0.01", as 0 to 1. Before "%"
// stands a decimal number, without an exponent.
func ParsePart(text string) (float64, error) {
	number, is := strings.CutSuffix(text, "%")
	if is {
		number += "e-2" // not divided by 100: the digits decide
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || is && strings.ContainsAny(text, "eExXpP_") || !(f >= 0 && f <= 1) {
		return 0, fmt.Errorf("%.30q is no part, want 0%% to 100%%, or 0 to 1", text)
	}
	return f, nil
}

// Parse reads what String of a purchase.Request, a Mix or a Feed writes. What is left out
// is as in the zero value of Mix; what always buys the same under keys of its own becomes a
// purchase.Request. A feed is one of feeds, by the SHA-256 of its content; when it is none
// of them, Validate of the buyers reports a *NoFeedError, and their String is the same.
func Parse(text string, feeds ...*Feed) (purchase.Buyers, error) {
	m, err := ParseMix(text, feeds...)
	if err != nil {
		return nil, err
	}
	return m.Simplest(), nil
}

// ParseMix is Parse for a Mix.
func ParseMix(text string, feeds ...*Feed) (Mix, error) {
	if len(text) > maxText {
		return Mix{}, fmt.Errorf("buyers: the text has %d bytes, want at most %d", len(text), maxText)
	}
	p := parser{feeds: feeds, seen: map[string]bool{}}
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return Mix{}, errors.New("buyers: the text is empty, want such as " + Syntax)
	}
	for _, field := range fields {
		if err := p.read(field); err != nil {
			return Mix{}, fmt.Errorf("buyers: %w", err)
		}
	}
	m, err := p.mix()
	if err == nil {
		err = m.invalidText()
	}
	if err != nil {
		return Mix{}, fmt.Errorf("buyers: %w", err)
	}
	return m, nil
}

// Set reads one choice or part of m by its name in a text, such as "users", or false when
// there is none of that name. The error is that of ParseChoice or ParsePart, and m is then
// as before.
func (m *Mix) Set(name, value string) (known bool, err error) {
	for _, c := range m.choices() {
		if c.name != name {
			continue
		}
		if name == methodsName && value == ownMethod {
			*c.Choice = Choice{}
			return true, nil
		}
		if name == quantityName {
			return true, setTo(c.Choice, parseQuantity, value)
		}
		return true, setTo(c.Choice, ParseChoice, value)
	}
	for _, p := range m.parts() {
		if p.name == name {
			return true, setTo(p.fraction, ParsePart, value)
		}
	}
	return false, nil
}

// parseQuantity is ParseChoice for numbers alone.
func parseQuantity(text string) (Choice, error) {
	c, err := ParseChoice(text)
	if err == nil {
		err = noText(c)
	}
	return c, err
}

// setTo sets what parse reads in a text.
func setTo[T any](to *T, parse func(string) (T, error), text string) error {
	v, err := parse(text)
	if err == nil {
		*to = v
	}
	return err
}

// invalidText is Validate, without that a feed is missing.
func (m Mix) invalidText() error {
	if m.Feed != nil && m.Feed.absent {
		f := *m.Feed
		f.absent, f.rows = false, 1
		m.Feed = &f
	}
	return m.Validate()
}

// Simplest returns what Parse makes of m's text: its Feed when m takes all purchases from
// it, a purchase.Request when all are that one, each under a key of its own, else m.
func (m Mix) Simplest() purchase.Buyers {
	if m.Reuse != 0 || m.Repeat != 0 || m.Keyless != 0 {
		return m
	}
	if m.Feed != nil {
		return m.Feed
	}
	user, one := m.Users.constant(1)
	product, two := m.Products.constant(1)
	quantity, three := m.Quantity.constant(1)
	method, four := m.Methods.constant(user)
	if one && two && three && four {
		return purchase.Request{UserID: purchase.ID(user), ProductID: purchase.ID(product), Quantity: quantity, PaymentMethodID: purchase.ID(method)}
	}
	return m
}

// FeedOf returns the feed of buyers, nil when they have none.
func FeedOf(b purchase.Buyers) *Feed {
	switch b := b.(type) {
	case Mix:
		return b.Feed
	case *Feed:
		return b
	}
	return nil
}

// Portable returns the text that makes b in another process, such as a fleet's worker or
// the shell: that of a purchase.Request, a Mix or a Feed. The error says that other ones
// are only in the process that made them.
func Portable(b purchase.Buyers) (string, error) {
	switch b.(type) {
	case purchase.Request, Mix, *Feed:
		return b.String(), nil
	}
	return "", fmt.Errorf("the buyers are %s (%T), which only this process has: another one, such as a fleet's worker, needs a buyers.Mix or a buyers.Feed", b, b)
}

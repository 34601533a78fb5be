package buyers

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sagalab/pkg/purchase"
)

// ChoiceSyntax says what ParseChoice reads, for --help.
const ChoiceSyntax = "1 (always), 1..1000 (each as often), 1,5,9 (one of these), 1:3,2:1 (1 three times as often as 2), 1..1000:zipf(1.1), 1..1000:in-order; for ids also texts, such as alice, alice,bob or alice:3,bob:1"

const (
	inOrderText = ":in-order"
	zipfText    = ":zipf"
)

// ParseChoice reads a choice such as "1", "1..1000", "1,5,9", "1:3,2:1",
// "1..1000:zipf(1.1)", "1..1000:in-order" or "alice:3,bob:1", as Choice.String writes it; a text is
// as purchase.ParseWord reads it. A quantity is no text, which Mix.Validate reports.
func ParseChoice(text string) (Choice, error) {
	c, err := parseChoice(text)
	if err == nil && c.err != nil {
		err = c.err
	}
	if err != nil {
		return Choice{}, fmt.Errorf("%.60q: %w", text, err)
	}
	return c, nil
}

func parseChoice(text string) (Choice, error) {
	if values, is := strings.CutSuffix(text, inOrderText); is {
		c, err := parseValues(values)
		return c.InOrder(), err
	}
	values, exponent, is := strings.Cut(text, zipfText)
	if !is {
		return parseValues(text)
	}
	number, opened := strings.CutPrefix(exponent, "(")
	number, closed := strings.CutSuffix(number, ")")
	s, err := strconv.ParseFloat(number, 64)
	if !opened || !closed || err != nil {
		return Choice{}, errors.New("want zipf with its exponent, such as 1..1000:zipf(1.1)")
	}
	c, err := parseValues(values)
	switch {
	case err != nil:
		return c, err
	case c.weights != nil:
		return c, errors.New("zipf has weights of its own: leave the others out")
	}
	return zipf(c, s), nil
}

// parseValues reads a range or a list, with or without weights.
func parseValues(text string) (Choice, error) {
	if first, last, is := strings.Cut(text, ".."); is {
		a, err1 := parseNumber(first)
		b, err2 := parseNumber(last)
		return Range(a, b), errors.Join(err1, err2)
	}
	var values, weights []int64
	for item := range strings.SplitSeq(text, ",") {
		value, weight, is := strings.Cut(item, ":")
		v, err := parseValue(value)
		if err != nil {
			return Choice{}, err
		}
		if values = append(values, v); !is {
			continue
		}
		w, err := parseNumber(weight)
		if err != nil {
			return Choice{}, err
		}
		weights = append(weights, w)
	}
	switch len(weights) {
	case 0:
		return listOf(values, valid), nil
	case len(values):
		return weighted(listOf(values, valid), weights), nil
	}
	return Choice{}, errors.New("give a weight to each value, or to none")
}

// parseValue reads a number, or an ID that is a text.
func parseValue(text string) (int64, error) {
	if _, err := strconv.ParseInt(text, 10, 64); err == nil || text == "" || errors.Is(err, strconv.ErrRange) {
		return parseNumber(text)
	}
	id, err := purchase.ParseWord(text)
	return int64(id), err
}

func parseNumber(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%.30s is above 2⁶³ − 1", text)
	case err != nil:
		return 0, fmt.Errorf("%.30q is no number, want %s", text, ChoiceSyntax)
	}
	return n, nil
}

// String returns c as ParseChoice reads it, "" for the zero value.
func (c Choice) String() string {
	if c.table == nil {
		return ""
	}
	b := make([]byte, 0, 32)
	if c.list == nil {
		b = strconv.AppendInt(append(strconv.AppendInt(b, c.first, 10), ".."...), c.last, 10)
	}
	for k, v := range c.list {
		if k > 0 {
			b = append(b, ',')
		}
		if b = append(b, purchase.ID(v).Word()...); c.weights != nil {
			b = strconv.AppendInt(append(b, ':'), c.weights[k], 10)
		}
	}
	switch {
	case c.inOrder:
		b = append(b, inOrderText...)
	case c.exponent != 0:
		b = append(strconv.AppendFloat(append(b, zipfText+"("...), c.exponent, 'g', -1, 64), ')')
	}
	return string(b)
}

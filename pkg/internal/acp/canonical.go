package acp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Equal reports whether two bodies are the same request by section 6.2 of the specification:
// as JSON, whatever the order of members, spaces, escapes and how a number is written. A member
// that is null is not one that is absent, and the order of elements counts. Bodies that are not
// JSON, such as empty ones, are equal when their bytes are.
func Equal(a, b []byte) bool {
	one, errA := Canonical(a)
	other, errB := Canonical(b)
	if errA != nil || errB != nil {
		return errA != nil && errB != nil && bytes.Equal(a, b)
	}
	return bytes.Equal(one, other)
}

// Canonical returns the text that all bodies have in common that are Equal to a JSON value:
// members in the order of their names, numbers in their shortest form, no spaces. Of members
// with one name the last counts; lone halves of surrogate pairs are all one character. The error
// says that the text is not JSON, or that a number has an exponent beyond 10¹⁵.
func Canonical(text []byte) ([]byte, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("it is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON value")
	}
	return appendCanonical(nil, value)
}

// appendCanonical appends the canonical text of a decoded value.
func appendCanonical(b []byte, value any) ([]byte, error) {
	var err error
	switch v := value.(type) {
	case map[string]any:
		b = append(b, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if b, err = appendText(separated(b, i), name); err == nil {
				b, err = appendCanonical(append(b, ':'), v[name])
			}
			if err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	case []any:
		b = append(b, '[')
		for i, element := range v {
			if b, err = appendCanonical(separated(b, i), element); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case json.Number:
		number, err := canonicalNumber(v.String())
		return append(b, number...), err
	}
	return appendText(b, value)
}

// separated appends the comma before an element that is not the first.
func separated(b []byte, i int) []byte {
	if i > 0 {
		return append(b, ',')
	}
	return b
}

// appendText appends a string, true, false or null.
func appendText(b []byte, value any) ([]byte, error) {
	text, err := textOf(value)
	return append(b, text...), err
}

// maxExponent bounds exponents, so that they can be added.
const maxExponent = 1_000_000_000_000_000

// canonicalNumber returns the one text that all ways to write a JSON number have in common.
func canonicalNumber(text string) (string, error) {
	rest, negative := strings.CutPrefix(text, "-")
	mantissa, power, _ := strings.Cut(strings.ToLower(rest), "e")
	exponent := int64(0)
	if power != "" {
		n, err := strconv.ParseInt(power, 10, 64)
		if err != nil || n > maxExponent || n < -maxExponent {
			return "", fmt.Errorf("the number %.40s has an exponent that is out of range", text)
		}
		exponent = n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	exponent -= int64(len(fraction))
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return "0", nil
	}
	short := strings.TrimRight(digits, "0")
	exponent += int64(len(digits) - len(short))
	if negative {
		short = "-" + short
	}
	return withExponent(short, exponent), nil
}

// withExponent writes an integer times a power of ten: short numbers without the exponent.
func withExponent(digits string, exponent int64) string {
	switch {
	case exponent >= 0 && exponent <= 20:
		return digits + strings.Repeat("0", int(exponent))
	default:
		return digits + "e" + strconv.FormatInt(exponent, 10)
	}
}

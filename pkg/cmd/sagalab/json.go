package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"sagalab/pkg/load"
)

// nilIfZero returns nil for the zero value, which JSON then omits, else a pointer to v.
func nilIfZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// number is a float whose NaN and infinities are null in JSON.
type number float64

// digits returns the number as load.Digits prints it.
func (n number) digits() string { return load.FormatNumber(float64(n)) }

// MarshalJSON writes the number with all its digits.
func (n number) MarshalJSON() ([]byte, error) {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// printJSON prints a value as indented JSON.
func printJSON(out io.Writer, value any) error {
	b, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n", b)
	return nil
}

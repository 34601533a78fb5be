package bookshop

import (
	"fmt"
	"strconv"
	"strings"
)

// cents is money; in JSON it is text with two decimals.
type cents int64

// MarshalText writes "24.90".
func (c cents) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%d.%02d", int64(c)/100, int64(c)%100), nil
}

// UnmarshalText reads "24.90".
func (c *cents) UnmarshalText(text []byte) error {
	whole, part, dotted := strings.Cut(string(text), ".")
	n, err := strconv.ParseUint(whole+part, 10, 62)
	if err != nil || !dotted || len(part) != 2 {
		return fmt.Errorf("%q is not an amount such as 24.90", text)
	}
	*c = cents(n)
	return nil
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sagalab/pkg/buyers"
	"sagalab/pkg/purchase"
)

// plentyPrefix begins a --fixture such as plenty:1000x20.
const plentyPrefix = "plenty:"

// plentyLimit says how many users and products inputBytesMax leaves room for.
const plentyLimit = "at most about 26000 users, or 20000 products"

// parsePlenty reads "1000x20" as the fixture of 1000 users and 20 products with more stock and money than load needs.
func parsePlenty(size string) (purchase.Fixture, error) {
	users, products, is := strings.Cut(size, "x")
	u, err1 := parseCount(users)
	p, err2 := parseCount(products)
	if !is || err1 != nil || err2 != nil || u < 1 || p < 1 {
		return purchase.Fixture{}, fmt.Errorf("%.50q is no size, want USERSxPRODUCTS, such as 1000x20", size)
	}
	tooLarge := fmt.Errorf("%.50q is too large: PUT /lab/scenario takes %d bytes of JSON, which are %s", size, inputBytesMax, plentyLimit)
	if max(u, p) > inputBytesMax {
		return purchase.Fixture{}, tooLarge
	}
	f := buyers.Fixture(int(u), int(p))
	text, err := json.Marshal(f)
	if err == nil && len(text) > inputBytesMax {
		err = tooLarge
	}
	return f, err
}

// parseCount reads a number of things; one that does not fit is the largest.
func parseCount(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		err = nil
	}
	return n, err
}

package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"sagalab/pkg/buyers"
	"sagalab/pkg/purchase"
)

// plentyPrefix begins a --fixture such as plenty:1000x20.
const plentyPrefix = "plenty:"

// parsePlenty reads "1000x20" as the fixture of 1000 users and 20 products with more stock and money than load needs.
func parsePlenty(size string) (purchase.Fixture, error) {
	users, products, is := strings.Cut(size, "x")
	u, err1 := strconv.ParseUint(users, 10, 20)
	p, err2 := strconv.ParseUint(products, 10, 20)
	if !is || err1 != nil || err2 != nil || u < 1 || p < 1 {
		return purchase.Fixture{}, fmt.Errorf("%.30q is no size, want USERSxPRODUCTS, such as 1000x20", size)
	}
	f := buyers.Fixture(int(u), int(p))
	text, err := json.Marshal(f)
	if err == nil && len(text) > inputBytesMax {
		err = fmt.Errorf("it has %d bytes as JSON, and PUT /lab/scenario takes %d: fewer users or products", len(text), inputBytesMax)
	}
	return f, err
}

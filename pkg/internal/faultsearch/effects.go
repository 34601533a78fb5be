package faultsearch

import (
	"fmt"
	"strings"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// Effects is what the purchases of an execution did, as the state shows it afterwards.
type Effects struct {
	// Orders that are there now and were not before, and how many of them are in which status.
	Orders    int `json:"orders"`
	Confirmed int `json:"confirmed"`
	Cancelled int `json:"cancelled"`
	// Charges and Refunds are entries of the ledger for these orders.
	Charges int `json:"charges"`
	Refunds int `json:"refunds"`
	// Pieces is by how much the stock, with what is reserved, went down, divided by the quantity of
	// one purchase; negative when it went up. PiecesKnown is false when the stock before or after could not be read.
	Pieces      int64 `json:"pieces"`
	PiecesKnown bool  `json:"pieces_known"`
}

// effectsOf counts the effects of an execution, nil where the service shows no orders or no
// ledger.
func effectsOf(s *audit.State, st start) *Effects {
	if why, _ := s.Unusable(audit.OrdersCall, audit.LedgerCall); why != "" {
		return nil
	}
	var e Effects
	since := map[string]bool{}
	for _, o := range ordersSince(s, st.before) {
		since[o.OrderID] = true
		e.Orders++
		switch o.Status {
		case purchase.Confirmed:
			e.Confirmed++
		case purchase.Cancelled:
			e.Cancelled++
		}
	}
	for _, entry := range s.Ledger {
		switch {
		case !since[entry.OrderID]:
		case entry.Kind == purchase.Charge:
			e.Charges++
		default:
			e.Refunds++
		}
	}
	e.Pieces, e.PiecesKnown = piecesGone(s, st)
	return &e
}

// piecesGone returns for how many purchases pieces are gone from the stock.
func piecesGone(s *audit.State, st start) (n int64, known bool) {
	if len(s.Products) == 0 || len(st.requests) == 0 || st.requests[0].Quantity == 0 {
		return 0, false
	}
	var had int64
	switch {
	case st.fixture != nil:
		had = st.fixture.Products[0].Stock
	case st.before != nil && len(st.before.Products) > 0:
		had = st.before.Products[0].Stock
	default:
		return 0, false
	}
	return (had - s.Products[0].Stock - s.Products[0].Reserved) / st.requests[0].Quantity, true
}

// String says the effects in words, such as "charged twice, refunded once, confirmed once, 2 gone
// from the stock".
func (e *Effects) String() string {
	parts := []string{howOften("charged", e.Charges)}
	if e.Refunds > 0 {
		parts = append(parts, howOften("refunded", e.Refunds))
	}
	parts = append(parts, howOften("confirmed", e.Confirmed))
	switch {
	case !e.PiecesKnown || e.Pieces == int64(e.Confirmed):
	case e.Pieces < 0:
		parts = append(parts, fmt.Sprintf("%d more in stock than before", -e.Pieces))
	case e.Pieces == 0:
		parts = append(parts, "none gone from the stock")
	default:
		parts = append(parts, fmt.Sprintf("%d gone from the stock", e.Pieces))
	}
	return strings.Join(parts, ", ")
}

// howOften says how often something was done, such as "charged twice".
func howOften(what string, n int) string {
	switch n {
	case 0:
		return "not " + what
	case 1:
		return what + " once"
	case 2:
		return what + " twice"
	}
	return fmt.Sprintf("%s %d times", what, n)
}

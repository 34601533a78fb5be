// Package market is a purchase service for tests, written from openapi.yaml and the literature alone: neither the
// reference service nor the audit was read for it. What an audit says of it is therefore evidence of its own. The zero
// Options are a service that keeps the contract; other options stay within the contract in other ways; and each of Bugs
// is a small deviation of the kind that services really had.
//
//	m, err := market.Start(market.Options{Steps: market.ChargeFirst, Bug: "refund-lost"})
//	defer m.Close()
//	… load m.URL() …
//	m.Quiesce()
//	m.Struck()     // how often the bug had an effect
//	m.Violations() // what is wrong inside, whatever the reads show
package market

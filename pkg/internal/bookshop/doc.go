// Package bookshop is a small purchase service whose API is not the contract of package
// purchase: what a service of one's own may look like. Notebook 06 and the tests of adapters
// address it.
//
// Ids are words, money is text with two decimals, the key of a purchase is in the header
// X-Request-Id, and a refusal is an answer of 201 like a sale. There is no call for its
// health.
//
//	POST /v2/orders          {"customer": "anna", "sku": "moby-dick", "copies": 1}
//	     201 {"order": {"number": "B-17", "state": "paid", "total": "24.90"}}
//	     201 {"order": {"number": "B-18", "state": "rejected", "because": "no_copies_left"}}
//	     400 {"error": "unknown_book"}
//	     409 {"error": "still_working"}   under a key whose purchase has not ended
//	     422 {"error": "other_order"}     under the key of another purchase
//	     503 busy
//	GET  /v2/orders?page=2   {"orders": […], "pages": 3}
//	GET  /v2/books/{sku}     {"sku": "moby-dick", "price": "24.90", "copies": {"on_shelf": 12, "set_aside": 0}}
//	GET  /v2/customers/{name} {"name": "anna", "wallet": "1000.00"}
//	GET  /v2/payments        [{"payment": 1, "order": "B-17", "customer": "anna", "kind": "debit", "amount": "24.90"}]
//	POST /test/reset         {"books": {"moby-dick": {"copies": 12, "price": "24.90"}}, "customers": {"anna": "1000.00"}}
//
// The paths below /careless are those of a second shop, which takes copies from the shelf
// without locking it: two sales at once may take one.
package bookshop

// Package realservices has no code of its own. Below it are starters of services that others wrote, for tests of how sagalab addresses
// an API that is not its own: each has a function Start, which installs a pinned version from a package registry into a cache folder of
// the user's, starts it on loopback with SQLite, a file or nothing behind it, and ends it with the test.
//
//   - dtm is a coordinator of distributed transactions, in Go; its participant, with orders, stock and payments, is dtm/participant
//   - oscar is the shop django-oscar with its REST API, in Python
//   - stripemock is Stripe's own mock of its API, in Go: it keeps no state and takes forms
//   - vendure is the shop Vendure with its GraphQL API, in TypeScript
//
// Each folder's testdata/exchanges.txt has what was sent and what was answered. The adapters' files were written from these, and say what
// a file cannot say of the service: dtm.yaml, oscar.yaml, stripe-mock.yaml and vendure.yaml with one request for a purchase,
// oscar-steps.yaml and vendure-steps.yaml with a request for each step, dtm-async.yaml with polls. Tests buy through them, with faults on
// the way, and audit what became of it.
package realservices

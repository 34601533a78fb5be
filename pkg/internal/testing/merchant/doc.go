// Package merchant is a small merchant of the Agentic Commerce Protocol, for tests: checkouts are
// created, updated, completed and canceled, each POST under an Idempotency-Key. It does what
// section 6 of the specification says of keys, but for one Defect.
//
// Requests that a check sends at once name themselves in Request-Id, "two-at-once-NAME/1" and
// "/2": the merchant holds the first until the second is there, so that what happens to them
// does not depend on speed.
package merchant

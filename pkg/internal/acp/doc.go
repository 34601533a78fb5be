// Package acp buys by the Agentic Commerce Protocol, and checks a merchant's idempotency keys
// against section 6 of its specification.
//
// The specification is github.com/agentic-commerce-protocol/agentic-commerce-protocol, read at
// commit c2afc863b46b6bb64fbc2be969bff25ee6eab652: paths, members and statuses are those of
// spec/2026-04-17/openapi/openapi.agentic_checkout.yaml, the rules on keys those of
// rfcs/rfc.agentic_checkout.md, section 6, which Clause quotes.
package acp

package acp

// Clause is a sentence of the specification.
type Clause struct {
	// Section is the number of its section in rfcs/rfc.agentic_checkout.md.
	Section string `json:"section"`
	// Text is the sentence, or the row of a table, without the marks for bold type.
	Text string `json:"text"`
}

// The clauses that Check asks for.
var (
	clauseOpaque   = Clause{"6.1", "The key is an opaque string, max 255 characters; UUID v4 is RECOMMENDED."}
	clauseScope    = Clause{"6.1", "Servers MUST scope keys to the authenticated identity + endpoint path; the same key on different endpoints is treated independently."}
	clauseRequired = Clause{"6.1", "A POST request without an `Idempotency-Key` header MUST be rejected with: [...] HTTP status: 400 Bad Request."}

	clauseEquality = Clause{"6.2", "Equivalence is determined by semantic JSON equality of the request body only; headers are excluded."}
	clauseOrder    = Clause{"6.2", "| Different key ordering | Yes |"}
	clauseNull     = Clause{"6.2", "| `null` value vs absent key | Different — `null` means \"clear this field\"; absent means \"do not modify\" |"}
	clauseNumbers  = Clause{"6.2", "| Trailing zeros in numbers (`1.0` vs `1`) | Yes |"}
	clauseArrays   = Clause{"6.2", "| Array element ordering | No — arrays are order-sensitive |"}

	clauseReplay   = Clause{"6.3", "Same key + identical body → server MUST return the original response with the same HTTP status code."}
	clauseReplayed = Clause{"6.3", "The replayed response SHOULD include the header `Idempotent-Replayed: true`."}
	clauseUpdate   = Clause{"6.3", "Update endpoints (`POST /checkout_sessions/{id}`) follow the same replay semantics as create: same key + same body returns the stored response."}
	clauseEffects  = Clause{"6.3", "Servers MUST NOT re-execute side effects (e.g., payment capture, inventory reservation) on replay."}

	clauseConflict = Clause{"6.4", "| Same key, different body | 422 | `idempotency_conflict` | No (permanent) |"}
	clauseInFlight = Clause{"6.4", "| Same key, original request still in flight | 409 | `idempotency_in_flight` | Yes (honor `Retry-After`) |"}
	clauseWait     = Clause{"6.4", "Servers SHOULD include a `Retry-After` header (in seconds)."}

	clauseErrors  = Clause{"6.5", "Responses with HTTP 5xx status codes MUST NOT be cached against the idempotency key."}
	clauseFresh   = Clause{"6.5", "A retry with the same key after a 5xx MUST be processed as a fresh request."}
	clauseKept    = Clause{"6.6", "Servers MUST retain idempotency key → response mappings for at least 24 hours."}
	clauseExtends = Clause{"6.7", "When an ACP extension is active, extension-defined fields in the request body MUST participate in body comparison (§6.2)."}

	clauseOneOrder = Clause{"2.2", "Complete — `POST /checkout_sessions/{id}/complete` finalizes with a payment method and MUST create an order."}
)

// clauses lists them in the order of a report.
var clauses = []Clause{
	clauseRequired, clauseOpaque, clauseScope, clauseEquality, clauseOrder, clauseNumbers, clauseNull, clauseArrays,
	clauseReplay, clauseReplayed, clauseUpdate, clauseEffects, clauseConflict, clauseInFlight, clauseWait, clauseErrors,
	clauseFresh, clauseKept, clauseExtends, clauseOneOrder,
}

// Package remote has both sides of the HTTP between the reference service and its stock and
// payments when they are processes of their own: Stock and Payments ask, Participant
// answers, Process starts a participant and starts it again when it dies.
//
// A saga's calls are POST /reserve, /release and /sell of the stock and POST /charge and
// /refund of the payments. Headers name the purchase (Idempotency-Key, Saga-Order), the
// step (Saga-Step) and how often it was called (Saga-Attempt); the body is JSON. A refusal
// is an answer 200 with the member refused; any other status is a failure, after which the
// saga calls again. Reads and fixtures have an address of their own, so that a proxy before
// the calls sees nothing else.
package remote

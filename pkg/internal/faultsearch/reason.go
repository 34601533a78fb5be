package faultsearch

// Reason says why a schedule was skipped: what an earlier execution has shown.
type Reason string

// The reasons.
const (
	// NotReached: without the last fault, the call that it would be done to does not happen.
	NotReached Reason = "not_reached"
	// AlikeKinds: at this step, a reply that is reset did what a reply that is dropped did:
	// the same calls, answers, ends and state.
	AlikeKinds Reason = "alike_kinds"
	// EqualPurchases: it is a schedule that was executed, with other names for purchases that
	// begin at once and are equal.
	EqualPurchases Reason = "equal_purchases"
)

// Words says the reason in words.
func (r Reason) Words() string {
	switch r {
	case NotReached:
		return "the call does not happen under the other faults"
	case AlikeKinds:
		return "a reset reply did at this step what a dropped one did"
	case EqualPurchases:
		return "the same with equal purchases exchanged"
	}
	return string(r)
}

// Skip is one schedule that was skipped.
type Skip struct {
	World    World  `json:"world"`
	Schedule string `json:"schedule"`
	Reason   Reason `json:"reason"`
	// Execution is the number of the execution that shows it.
	Execution int `json:"execution"`
}

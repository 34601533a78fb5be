package history

// Attempt is one request of the history, as much of it as rules need.
type Attempt struct {
	// Start and End bound the time in which it was under way, in nanoseconds since
	// 1970, widened by what the clocks of the stage's machines differ.
	Start, End int64
	// Stage, Operation and Row locate it in the evidence: an index into History.Stages
	// and, in that stage, into its operations and its attempts. Operation and Row are
	// None when there is no such row.
	Stage, Operation, Row int32
	// Purchase is an index into History.Purchases.
	Purchase int32
	// OrderID is the id that the answer named, an index into History.OrderIDs, or None.
	OrderID int32
	// Meaning is what its end says of the purchase, or of its step.
	Meaning Meaning
	// Part is what it is for.
	Part Part
}

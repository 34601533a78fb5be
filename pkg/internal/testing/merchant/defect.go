package merchant

// Defect is one clause that a Merchant breaks. The zero value is none.
type Defect string

// The defects.
const (
	KeyOptional       Defect = "a POST needs no key"
	KeyOptionalLater  Defect = "cancel and update need no key"
	KeyStatus         Defect = "a POST without a key is answered with 422"
	DoesWithoutKey    Defect = "complete without a key is rejected, and done"
	CutsKeys          Defect = "the first 64 characters of a key count"
	FoldsKeys         Defect = "capital letters in keys do not count"
	TrimsKeys         Defect = "signs in keys are refused"
	ScopeWithoutPath  Defect = "a key belongs to all endpoints"
	ScopeByRoute      Defect = "a key at complete belongs to all checkouts"
	ScopeWithoutAgent Defect = "a key belongs to all agents"
	ComparesBytes     Defect = "bodies are compared byte by byte"
	ComparesOrder     Defect = "the order of members counts"
	NumbersAsText     Defect = "1.0 is not 1"
	NullIsAbsent      Defect = "null is absent"
	ArraysAsSets      Defect = "the order of an array does not count"
	HeadersCount      Defect = "headers are compared"
	IgnoresExtensions Defect = "members of extensions are not compared"
	ReplayStatus      Defect = "a replay has the status 200"
	ReplaysState      Defect = "a replay shows the checkout as it is now"
	RepeatsUpdates    Defect = "a repeated update is done again"
	RepeatsComplete   Defect = "a repeated complete makes another order"
	NoReplayedHeader  Defect = "a replay has no Idempotent-Replayed"
	NoKeys            Defect = "keys are not looked at"
	IgnoresConflicts  Defect = "another body is answered as the original"
	ConflictStatus    Defect = "another body is answered with 409"
	ConflictReplaces  Defect = "another body takes the place of the original"
	CreatesTwice      Defect = "two creates at once are both done"
	CompletesTwice    Defect = "two completes at once are both done"
	InFlightStatus    Defect = "a request in flight is answered with 400"
	InFlightReplay    Defect = "a request in flight is answered with an empty 200"
	NoRetryAfter      Defect = "an answer about a request in flight has no Retry-After"
	KeepsErrors       Defect = "answers of 5xx are kept"
	KeepsErrorsMutely Defect = "answers of 5xx are kept, and replayed without the header"
	OrderPerKey       Defect = "another key makes another order of a checkout"
	OrderPerKeyAtOnce Defect = "two keys at once make two orders of a checkout"
)

// All lists the defects.
func All() []Defect {
	return []Defect{
		KeyOptional, KeyOptionalLater, KeyStatus, DoesWithoutKey, CutsKeys, FoldsKeys, TrimsKeys, ScopeWithoutPath, ScopeByRoute, ScopeWithoutAgent,
		ComparesBytes, ComparesOrder, NumbersAsText, NullIsAbsent, ArraysAsSets, HeadersCount, IgnoresExtensions, ReplayStatus, ReplaysState, RepeatsUpdates,
		RepeatsComplete, NoReplayedHeader, NoKeys, IgnoresConflicts, ConflictStatus, ConflictReplaces, CreatesTwice, CompletesTwice, InFlightStatus,
		InFlightReplay, NoRetryAfter, KeepsErrors, KeepsErrorsMutely, OrderPerKey, OrderPerKeyAtOnce,
	}
}

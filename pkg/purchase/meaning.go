package purchase

import (
	"fmt"
	"slices"
	"strings"
)

// Meaning is what the end of one attempt says of its purchase. Load, audit, figures
// and tables read an answer by it, so that they never disagree. The zero value is
// MeansUnclear.
type Meaning uint8

// The meanings.
const (
	// MeansUnclear: it may or may not have taken effect, now or later.
	MeansUnclear Meaning = iota
	// MeansNotSent: no byte of the request can have reached the service.
	MeansNotSent
	// MeansConfirmed: it took effect, by this attempt or by an earlier one under its key.
	MeansConfirmed
	// MeansNoStock and MeansNoMoney: refused for that reason, and everything taken back.
	MeansNoStock
	MeansNoMoney
	// MeansDeclined: refused for another reason, and everything taken back.
	MeansDeclined
	// MeansInvalid: refused as bad input; nothing was done for it at any time.
	MeansInvalid
	// MeansInProgress: a purchase under the key was begun and has not ended; to be asked again.
	MeansInProgress
	// MeansKeyReused: the key belongs to another payload; nothing was done for this one.
	MeansKeyReused
	// MeansTurnedAway: turned away before anything was done for this attempt, such as 429 or
	// "503 overloaded". It says nothing of earlier attempts under the key.
	MeansTurnedAway
	// MeansPending: accepted, and not ended yet. A Poller is asked what became of it; of
	// another Adapter it is not known.
	MeansPending
	// MeansStepDone: a step of the purchase is done, after which others follow (Stepper).
	MeansStepDone
)

var meaningNames = [...]string{"unclear", "not_sent", "confirmed", "no_stock", "no_money", "declined", "invalid", "in_progress", "key_reused", "turned_away", "pending", "step_done"}

// String returns the name that ParseMeaning reads.
func (m Meaning) String() string {
	if int(m) < len(meaningNames) {
		return meaningNames[m]
	}
	return fmt.Sprintf("meaning %d", uint8(m))
}

// ParseMeaning reads the name of a meaning; the error lists the names.
func ParseMeaning(name string) (Meaning, error) {
	if i := slices.Index(meaningNames[:], name); i >= 0 {
		return Meaning(i), nil
	}
	return MeansUnclear, fmt.Errorf("%q is not a meaning of an answer: use one of %s", name, strings.Join(meaningNames[:], ", "))
}

// IsRefusal reports whether m is a definite no.
func (m Meaning) IsRefusal() bool { return m >= MeansNoStock && m <= MeansInvalid }

// IsDefinite reports whether m settles what became of the purchase.
func (m Meaning) IsDefinite() bool { return m == MeansConfirmed || m.IsRefusal() }

// EndsStep reports whether a step, or a purchase of one, needs no other attempt after an answer
// with meaning m.
func (m Meaning) EndsStep() bool { return m.IsDefinite() || m == MeansStepDone || m == MeansPending }

// DidNothing reports whether an answer with this meaning says that the service did
// nothing for the attempt.
func (m Meaning) DidNothing() bool {
	return m == MeansInvalid || m == MeansKeyReused || m == MeansTurnedAway
}

// meaningOfCode is what the contract's codes mean.
var meaningOfCode = map[Code]Meaning{
	OutOfStock: MeansNoStock, InsufficientBalance: MeansNoMoney, InProgress: MeansInProgress, KeyReused: MeansKeyReused,
	Malformed: MeansInvalid, UnknownUser: MeansInvalid, UnknownProduct: MeansInvalid, UnknownPaymentMethod: MeansInvalid,
	TooLarge: MeansInvalid, UnsupportedMedia: MeansInvalid, Overloaded: MeansTurnedAway,
}

// turnedAway are statuses that say of themselves that the request was not processed:
// not allowed to ask, too early, too often.
var turnedAway = map[int]bool{401: true, 403: true, 407: true, 425: true, 429: true}

// undecided are 4xx that by themselves do not say what became of the purchase: the
// request came too slowly, or is in conflict with something.
var undecided = map[int]bool{408: true, 409: true, 423: true}

// MeaningOf returns what the end of an attempt means: its HTTP status (0 without an
// answer), the error class ("" with an answer), the reason as Answer has it, and
// whether any byte of it was sent.
func MeaningOf(status int, class, reason string, sent bool) Meaning {
	if status == 0 || class != "" {
		if status == 0 && !sent {
			return MeansNotSent
		}
		return MeansUnclear
	}
	known, isCode := meaningOfCode[Code(reason)]
	switch {
	case status >= 200 && status < 300 && reason == "":
		return MeansConfirmed
	case isCode && known == MeansTurnedAway && status == 503, isCode && status >= 400 && status < 500:
		return known
	case status < 400 || status >= 500 || undecided[status]:
		return MeansUnclear
	case turnedAway[status]:
		return MeansTurnedAway
	}
	return MeansDeclined
}

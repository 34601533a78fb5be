package history

import (
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Meaning is what the end of an attempt says of its purchase. The zero value is
// Unclear.
type Meaning uint8

// The meanings.
const (
	// Unclear: it may or may not have taken effect, now or later.
	Unclear Meaning = iota
	// NotSent: no byte of the request can have reached the service.
	NotSent
	// Confirmed: it took effect.
	Confirmed
	// NoStock and NoMoney: refused for that reason, and everything taken back.
	NoStock
	NoMoney
	// Declined: refused for another reason, and everything taken back.
	Declined
	// Invalid: refused as bad input; nothing was done for it at any time.
	Invalid
	// InProgress: the key's purchase is still running.
	InProgress
	// KeyReused: the key belongs to another payload.
	KeyReused
)

var meaningNames = [...]string{"unclear", "not_sent", "confirmed", "no_stock", "no_money", "declined", "invalid", "in_progress", "key_reused"}

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
	return Unclear, fmt.Errorf("%q is not a meaning of an answer: use one of %s", name, strings.Join(meaningNames[:], ", "))
}

// IsRefusal reports whether m is a definite no.
func (m Meaning) IsRefusal() bool { return m >= NoStock && m <= Invalid }

// IsDefinite reports whether m settles what became of the purchase.
func (m Meaning) IsDefinite() bool { return m == Confirmed || m.IsRefusal() }

// meaningOfCode is what the contract's codes mean. overloaded is not among them: it
// comes as 503, and a service that says so after having acted is to be caught.
var meaningOfCode = map[string]Meaning{
	string(purchase.OutOfStock): NoStock, string(purchase.InsufficientBalance): NoMoney,
	string(purchase.InProgress): InProgress, string(purchase.KeyReused): KeyReused,
	string(purchase.Malformed): Invalid, string(purchase.UnknownUser): Invalid,
	string(purchase.UnknownProduct): Invalid, string(purchase.UnknownPaymentMethod): Invalid,
	string(purchase.TooLarge): Invalid, string(purchase.UnsupportedMedia): Invalid,
}

// undecidedStatus are 4xx that by themselves do not say that the purchase is
// refused: not allowed to ask, too early, too often, or in conflict with something.
var undecidedStatus = map[int64]bool{401: true, 403: true, 407: true, 408: true, 409: true, 423: true, 425: true, 429: true}

// Meaning returns what the end of an attempt means.
func (o *Options) Meaning(a *runs.Attempt) Meaning {
	if a.Status == 0 || a.Class != "" {
		if a.Status == 0 && !a.Sent {
			return NotSent
		}
		return Unclear
	}
	if m, known := o.Answers[a.Reason]; known && a.Reason != "" {
		return m
	}
	switch {
	case a.Status >= 200 && a.Status < 300 && a.Reason == "":
		return Confirmed
	case a.Status < 400 || a.Status >= 500:
		return Unclear
	}
	if m, known := meaningOfCode[a.Reason]; known {
		return m
	}
	if undecidedStatus[a.Status] {
		return Unclear
	}
	return Declined
}

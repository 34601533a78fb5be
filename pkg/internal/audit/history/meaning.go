package history

import (
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Meaning is what the end of an attempt says of its purchase.
type Meaning = purchase.Meaning

// The meanings, as package purchase has them.
const (
	Unclear    = purchase.MeansUnclear
	NotSent    = purchase.MeansNotSent
	Confirmed  = purchase.MeansConfirmed
	NoStock    = purchase.MeansNoStock
	NoMoney    = purchase.MeansNoMoney
	Declined   = purchase.MeansDeclined
	Invalid    = purchase.MeansInvalid
	InProgress = purchase.MeansInProgress
	KeyReused  = purchase.MeansKeyReused
	TurnedAway = purchase.MeansTurnedAway
	Pending    = purchase.MeansPending
	StepDone   = purchase.MeansStepDone
)

// Meaning returns what the end of an attempt means: by Answers, else as it was
// recorded, else by its status and reason.
func (o *Options) Meaning(a *runs.Attempt) Meaning {
	if m, known := o.Answers[a.Reason]; known && a.Reason != "" && a.Status != 0 && a.Class == "" {
		return m
	}
	return a.Means()
}

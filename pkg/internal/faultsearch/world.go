package faultsearch

import (
	"errors"
	"fmt"
)

// Scarce is what there is too little of for all purchases of a World.
type Scarce string

// What there may be too little of.
const (
	// Stock: purchases by different users of the same product, of which one piece less is
	// there than they want.
	Stock Scarce = "stock"
	// Money: purchases by one user, who has the money for one less.
	Money Scarce = "money"
)

// MaxPurchases is the most purchases of a World.
const MaxPurchases = 3

// World is the purchases of an execution, and what they find.
type World struct {
	// Purchases is how many are made: 1 to MaxPurchases.
	Purchases int `json:"purchases"`
	// Scarce is what there is too little of.
	Scarce Scarce `json:"scarce"`
	// AtOnce: all begin at the same moment, and any may be the first. Else each begins as
	// soon as the request of the one before has been sent, and executions are more alike.
	AtOnce bool `json:"at_once,omitempty"`
	// Series determines the idempotency keys, with the seed of the executor: what a service
	// does by chance often depends on them. 0 is the series in which faults are searched.
	Series int `json:"series,omitempty"`
}

// Validate reports what is wrong with w, nil when nothing is.
func (w World) Validate() error {
	var errs []error
	if w.Purchases < 1 || w.Purchases > MaxPurchases {
		errs = append(errs, fmt.Errorf("purchases: %d, want 1 to %d", w.Purchases, MaxPurchases))
	}
	if w.Scarce != Stock && w.Scarce != Money {
		errs = append(errs, fmt.Errorf("scarce: %q, want %s or %s", string(w.Scarce), Stock, Money))
	}
	return errors.Join(errs...)
}

// Supply is for how many purchases there is enough: one less than are made. One alone finds
// enough for two, so that it shows when it is done twice.
func (w World) Supply() int {
	if w.Purchases == 1 {
		return 2
	}
	return w.Purchases - 1
}

// Worlds returns those that are searched for so many purchases: one purchase alone, and all of
// them with too little money and with too little stock, each with keys of its own.
func Worlds(purchases int) []World {
	worlds := []World{{Purchases: 1, Scarce: Stock}}
	if purchases > 1 {
		worlds = append(worlds, World{Purchases: purchases, Scarce: Money, Series: 1}, World{Purchases: purchases, Scarce: Stock, Series: 2})
	}
	return worlds
}

// numbers are small numbers in words.
var numbers = [...]string{"no", "one", "two", "three"}

// String describes the world, such as "two purchases of the last piece".
func (w World) String() string {
	switch {
	case w.Purchases == 1:
		return "one purchase"
	case w.Scarce == Money:
		return fmt.Sprintf("%s purchases by a user with money for %s", numbers[w.Purchases], numbers[w.Supply()])
	case w.Supply() == 1:
		return fmt.Sprintf("%s purchases of the last piece", numbers[w.Purchases])
	}
	return fmt.Sprintf("%s purchases of the last %s pieces", numbers[w.Purchases], numbers[w.Supply()])
}

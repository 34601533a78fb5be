// Package ja holds the texts of figures and pages in Japanese.
//
// Names of data stay as they are recorded: columns, stages, reasons, metrics, faults. So
// do rare reasons of an audit, and errors other than those of cells that may not start.
package ja

import (
	"maps"
	"sync"

	"sagalab/pkg/internal/language"
)

// Typeface is the name by which figures look up the font of the Japanese letters, which
// package figure/japanese adds.
const Typeface = "M+ 1p"

// Translation returns the translation into Japanese; it chooses nothing. It may be called
// by several goroutines.
var Translation = sync.OnceValue(func() *language.Translation { return language.New(Typeface, Texts()) })

// Texts returns all texts by their English form.
func Texts() map[string]string {
	all := maps.Clone(ofFigures)
	for _, list := range shownByCells() {
		maps.Copy(all, list)
	}
	return all
}

// shownByCells are the lists of the texts outside figures.
func shownByCells() []map[string]string {
	return []map[string]string{
		ofPages, ofAudits, ofHeads, countsOf(ofUnits), ofCounterexamples, ofMoney, ofStockBooks, ofReasons, ofCountedReasons,
	}
}

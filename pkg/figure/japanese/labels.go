// Package japanese makes figures and pages show their texts in Japanese. A notebook's
// set-up cell declares
//
//	var _ = japanese.Labels()
//
// Every later cell runs the declaration again, and only cells that have it link the font:
// M+ 1p, © M+ FONTS PROJECT, which may be used, copied and distributed without
// restriction.
//
// Names of data stay as they are recorded: columns, stages, reasons, metrics, faults. So
// do the evidence and the counterexamples of an audit, and errors.
package japanese

import (
	"fmt"
	"maps"
	"sync"

	"github.com/hajimehoshi/ebiten/v2/examples/resources/fonts"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"

	"sagalab/pkg/internal/language"
)

// typeface is the name by which figures look the font up.
const typeface = "M+ 1p"

// Labels chooses Japanese for every figure that is made and every text that is shown from
// then on. It returns nothing of use, so that a declaration can call it.
func Labels() struct{} {
	addFont()
	language.Use(Translation())
	return struct{}{}
}

// Translation returns all texts in Japanese, by their English form; it chooses nothing.
var Translation = sync.OnceValue(func() *language.Translation { return language.New(typeface, texts()) })

// texts returns those of figures and of pages together.
func texts() map[string]string {
	all := maps.Clone(ofFigures)
	maps.Copy(all, ofPages)
	maps.Copy(all, ofAudits)
	return all
}

// addFont adds the font to those that gonum draws with. It panics when the font's module is
// damaged.
var addFont = sync.OnceFunc(func() {
	face, err := opentype.Parse(fonts.MPlus1pRegular_ttf)
	if err != nil {
		panic(fmt.Sprintf("the font of the Japanese labels: %v", err))
	}
	font.DefaultCache.Add(font.Collection{{Font: font.Font{Typeface: typeface, Variant: "Sans"}, Face: face}})
})

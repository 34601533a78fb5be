// Package japanese makes figures and cells show their texts in Japanese. A notebook's
// set-up cell declares
//
//	var _ = japanese.Labels()
//
// Every later cell runs the declaration again, and only cells that have it link the font:
// M+ 1p, © M+ FONTS PROJECT, which may be used, copied and distributed without
// restriction.
package japanese

import (
	"fmt"
	"sync"

	"github.com/hajimehoshi/ebiten/v2/examples/resources/fonts"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/internal/language/ja"
)

// Labels chooses Japanese for every figure that is made and every text that a cell shows
// from then on. Names of data stay as they are recorded. What it returns has no meaning: a
// declaration needs a value.
func Labels() struct{} {
	addFont()
	language.Use(ja.Translation())
	return struct{}{}
}

// addFont adds the font to those that gonum draws with. It panics when the font's module is
// damaged.
var addFont = sync.OnceFunc(func() {
	face, err := opentype.Parse(fonts.MPlus1pRegular_ttf)
	if err != nil {
		panic(fmt.Sprintf("the font of the Japanese labels: %v", err))
	}
	font.DefaultCache.Add(font.Collection{{Font: font.Font{Typeface: ja.Typeface, Variant: "Sans"}, Face: face}})
})

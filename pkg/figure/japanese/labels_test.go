package japanese

import (
	"maps"
	"slices"
	"testing"

	"gonum.org/v1/plot/font"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/internal/language/ja"
)

// TestTheFontHasEveryLetter looks for the letters of all texts in the font.
func TestTheFontHasEveryLetter(t *testing.T) {
	addFont()
	face := font.DefaultCache.Lookup(font.Font{Typeface: ja.Typeface, Variant: "Sans"}, 9).Face
	for _, text := range slices.Sorted(maps.Values(ja.Texts())) {
		for _, r := range text {
			if index, err := face.GlyphIndex(nil, r); err != nil || index == 0 {
				t.Errorf("the font has no %q, which is in %q (error %v)", r, text, err)
			}
		}
	}
}

// TestLabels chooses Japanese, twice.
func TestLabels(t *testing.T) {
	defer language.Use(nil)
	Labels()
	Labels()
	if got := language.Text("failure") + language.Typeface("Sans"); got != "失敗"+ja.Typeface {
		t.Errorf("a failure is %q after Labels", got)
	}
}

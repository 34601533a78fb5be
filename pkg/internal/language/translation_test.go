package language

import "testing"

// german is a translation with every kind of text.
var german = New("Fraktur", map[string]string{
	"failure":                    "Fehlschlag",
	"timeout":                    "Zeit abgelaufen",
	"Note: {=note}":              "Hinweis: {=note}",
	"{n} of {m}":                 "von {m} {n}",
	"{n} of {m} in {stage}":      "in {stage} von {m} {n}",
	"{n} requests ended":         "{n} Anfragen beendet",
	"Stage {name} ended ({why})": "Stufe {name} beendet ({why})",
	"order {#order} lost {n}":    "Auftrag {#order} verlor {n}",
	"{=one}; {=two}":             "{=one}; {=two}",
})

func TestText(t *testing.T) {
	for english, want := range map[string]string{
		"failure":                          "Fehlschlag",
		"success":                          "success",
		"":                                 "",
		"3 requests ended":                 "3 Anfragen beendet",
		"Note: 3 requests ended":           "Hinweis: 3 Anfragen beendet",
		"Note: timeout":                    "Hinweis: Zeit abgelaufen",
		"Note: a text of its own":          "Hinweis: a text of its own",
		"3 of 50":                          "von 50 3",
		"3 of 50 in heavy":                 "in heavy von 50 3",
		"Stage failure ended (timeout)":    "Stufe failure beendet (timeout)", // names and reasons are data
		"Stage failure ended (timeout).":   "Stage failure ended (timeout).",
		"Stage $1 {n} ended (a.*)":         "Stufe $1 {n} beendet (a.*)",
		"three of 50":                      "three of 50",
		"order o-1 lost 2":                 "Auftrag o-1 verlor 2",
		"order o-1 lost 2; order b lost 3": "Auftrag o-1 verlor 2; Auftrag b verlor 3", // no id reaches over both
	} {
		got := german.Text(english)
		if got != want {
			t.Errorf("%q is %q, want %q", english, got, want)
		}
		if back := german.Reversed().Text(got); back != english {
			t.Errorf("%q is %q translated back, want %q", got, back, english)
		}
	}
}

func TestLines(t *testing.T) {
	const english, want = "  3 of 50\n\nfailure\nother\n", "  von 50 3\n\nFehlschlag\nother\n"
	if got := german.Lines(english); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var none *Translation
	if got := none.Lines(english) + none.Text("failure"); got != english+"failure" {
		t.Errorf("without a translation: %q", got)
	}
}

func TestUse(t *testing.T) {
	defer Use(nil)
	if got := Text("failure") + Typeface("Sans"); got != "failureSans" {
		t.Errorf("before a translation was chosen: %q", got)
	}
	Use(german)
	if got := Text("failure") + Lines("\ntimeout") + Typeface("Sans"); got != "Fehlschlag\nZeit abgelaufenFraktur" {
		t.Errorf("with one: %q", got)
	}
}

// FuzzText: a text that has a translation has the same one when it is translated back and
// forth, and no text is lost.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"failure", "Note: 3 of 50 in heavy", "Stage (a) ended (b)", "{n} of {m}", "\n"} {
		f.Add(seed)
	}
	back := german.Reversed()
	f.Fuzz(func(t *testing.T, english string) {
		other := german.Text(english)
		if again := german.Text(back.Text(other)); again != other {
			t.Errorf("%q is %q, and %q after one translation back", english, other, again)
		}
	})
}

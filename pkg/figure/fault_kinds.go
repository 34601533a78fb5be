package figure

import (
	"cmp"
	"strings"

	"sagalab/pkg/internal/language"
)

// faultKinds is the kinds of faults of single calls by their names in package fault: what is done to
// a call in words, whether before it is delivered, and in which order they stand beside one another.
var faultKinds = map[string]struct {
	words  string
	before bool
	order  int
}{
	"drop_reply":    {"reply lost", false, 1},
	"hang_reply":    {"reply held back", false, 2},
	"duplicate":     {"delivered twice", false, 3},
	"reset_reply":   {"reply reset", false, 4},
	"drop_request":  {"request lost", true, 5},
	"unavailable":   {"503, not delivered", true, 6},
	"kill":          {"process killed", false, 7},
	"reset_request": {"request reset", true, 8},
	"hang":          {"request held back", true, 9},
	"slow":          {"delivered late", false, 10},
	"stall":         {"delivered late", false, 11},
}

// faultWords says in words what a fault does; an unknown one is named as it is.
func faultWords(kind string) string {
	if words := faultKinds[kind].words; words != "" {
		return language.Text(words)
	}
	return oneLine(strings.ReplaceAll(kind, "_", " "), maxNameLetters)
}

// compareFaults orders kinds as a search tries them, unknown ones behind.
func compareFaults(a, b string) int {
	place := func(kind string) int { return cmp.Or(faultKinds[kind].order, 100) }
	return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a, b))
}

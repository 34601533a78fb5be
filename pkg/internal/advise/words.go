package advise

import (
	"strings"

	"sagalab/pkg/retry"
)

// named returns the names of the policies that people run.
func named() map[string]bool {
	names := map[string]bool{}
	for _, n := range retry.PolicyNames() {
		names[n] = true
	}
	return names
}

// cutNote divides a row's name from its note.
func cutNote(text string) (name, note string) {
	name, note, _ = strings.Cut(text, "\t")
	return name, note
}

// sentence begins a text with a capital.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

package figure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/runs"
)

// maxWarningLines is how many lines of warnings a figure has at most.
const maxWarningLines = 3

// stageNote is a note and the names of the stages that it applies to.
type stageNote struct {
	note  string
	names []string
}

// addWarnings writes the notes of the stages below a figure. Those on too few samples
// are for figures of percentiles only.
func addWarnings(p *plot.Plot, stages []runs.Stage, percentiles bool, more ...string) {
	var list []stageNote
	for _, s := range stages {
		list = addNotes(list, oneLine(s.Stage, maxNameLetters), s.Notes(percentiles))
	}
	addWarningLines(p, append(noteSentences(list), more...))
}

// addNotes adds the notes of a stage under its name.
func addNotes(list []stageNote, name string, notes []string) []stageNote {
	for _, n := range notes {
		at := slices.IndexFunc(list, func(x stageNote) bool { return x.note == n })
		if at < 0 {
			at, list = len(list), append(list, stageNote{note: n})
		}
		list[at].names = append(list[at].names, name)
	}
	return list
}

// noteSentences is "client was the bottleneck in heavy", for each note.
func noteSentences(list []stageNote) (words []string) {
	for _, n := range list {
		words = append(words, fmt.Sprintf(language.Text("%[1]s in %[2]s"), oneLine(language.Text(n.note), 4*maxNameLetters), strings.Join(n.names, ", ")))
	}
	return words
}

// addWarningLines writes notes below the figure's axis.
func addWarningLines(p *plot.Plot, notes []string) {
	if len(notes) == 0 {
		return
	}
	style := p.X.Label.TextStyle
	lines := wrapWords(language.Text("Beware:")+" "+strings.Join(notes, "; "), dataWidth, style)
	if len(lines) > maxWarningLines {
		lines = lines[:maxWarningLines]
		lines[maxWarningLines-1] += " …"
	}
	p.X.Label.Text = strings.Join(append([]string{cmp.Or(p.X.Label.Text, " ")}, lines...), "\n")
}

// wrapWords breaks a text between words into lines that are no wider than room; a wider
// word is elided. Japanese letters are words of their own.
func wrapWords(s string, room vg.Length, style text.Style) (lines []string) {
	for _, word := range splitWords(s) {
		n := len(lines)
		if n > 0 && style.Width(lines[n-1]+strings.TrimRight(word, " ")) <= room {
			lines[n-1] += word
			continue
		}
		lines = append(lines, elide(strings.TrimRight(word, " "), room, style)+word[len(strings.TrimRight(word, " ")):])
	}
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// splitWords cuts a text where a line may be broken: behind a space, and before and behind
// a Japanese letter, but not before punctuation.
func splitWords(s string) (words []string) {
	japanese := func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) }
	var last rune
	for _, r := range strings.Join(strings.Fields(s), " ") {
		between := japanese(r) || japanese(last) && !strings.ContainsRune("、。）」ー,.:;) ", r)
		if len(words) == 0 || last == ' ' || r != 'ー' && between {
			words = append(words, "")
		}
		words[len(words)-1] += string(r)
		last = r
	}
	return words
}

package figure

import (
	"cmp"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"

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
		words = append(words, oneLine(n.note, 4*maxNameLetters)+" in "+strings.Join(n.names, ", "))
	}
	return words
}

// addWarningLines writes notes below the figure's axis.
func addWarningLines(p *plot.Plot, notes []string) {
	if len(notes) == 0 {
		return
	}
	style := p.X.Label.TextStyle
	lines := wrapWords("Beware: "+strings.Join(notes, "; "), dataWidth, style)
	if len(lines) > maxWarningLines {
		lines = lines[:maxWarningLines]
		lines[maxWarningLines-1] += " …"
	}
	p.X.Label.Text = strings.Join(append([]string{cmp.Or(p.X.Label.Text, " ")}, lines...), "\n")
}

// wrapWords breaks a text between words into lines that are no wider than room; a wider
// word is elided.
func wrapWords(s string, room vg.Length, style text.Style) (lines []string) {
	for _, word := range strings.Fields(s) {
		word = elide(word, room, style)
		if n := len(lines); n > 0 && style.Width(lines[n-1]+" "+word) <= room {
			lines[n-1] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}

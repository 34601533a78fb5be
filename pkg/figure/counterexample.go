package figure

import (
	"fmt"
	"image/color"
	"slices"
	"strconv"
	"time"

	"gonum.org/v1/plot"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/runs"
)

// maxCounterexampleAttempts is how many attempts Counterexample draws; audits show as many.
const maxCounterexampleAttempts = 20

// CounterexampleHeight returns the height in inches for which Counterexample lays out so
// many attempts.
func CounterexampleHeight(attempts int) float64 {
	return 1.3 + .27*float64(min(max(attempts, 4), maxCounterexampleAttempts))
}

// Counterexample draws the attempts of one counterexample, each in a row of its own: a bar
// from its start to its end, with how it ended and how long it took above it. Rows stand
// in the order given and have the attempt's number, its step and the end of its key, and the
// operation where there are several; a poll has "poll" for a number. Time is counted from began, the start of the stage. A
// bar is plain and green when the attempt was confirmed, hatched and orange when it was
// refused or not sent, crossed and vermilion when its effect is unknown. Of more than 20
// attempts the first 20 are drawn. Draw it CounterexampleHeight(len(attempts)) high.
//
// The error is Nothing when there is no attempt to draw.
func Counterexample(title string, began time.Time, attempts []runs.Attempt) (*plot.Plot, error) {
	attempts = attempts[:min(len(attempts), maxCounterexampleAttempts)]
	if len(attempts) == 0 {
		return nil, Nothing{oneLine(title, longTitle), "it is about no attempt"}
	}
	rows := attemptRows(began, attempts)
	if len(rows) == 0 {
		return nil, Nothing{oneLine(title, longTitle), "the times of its attempts are damaged"}
	}
	p := newPlot(oneLine(title, longTitle), "time since the stage's start (ms)", "attempt, end of its key")
	timelineAxes(p, rows)
	p.X.Min = earliest(rows, p.X.Max)
	p.Add(grid(false, true), newGantt(rows), newLegend(patternLegend(rows)...))
	return p, nil
}

// longTitle is how many letters of a title are drawn.
const longTitle = 80

// patternColors are the colours of attempts by their pattern.
var patternColors = [...]color.NRGBA{plain: palette[1], hatched: palette[0], crossed: palette[5]}

// attemptRows returns a row for each attempt whose times can be drawn.
func attemptRows(began time.Time, attempts []runs.Attempt) (rows []timeline) {
	several := slices.ContainsFunc(attempts, func(a runs.Attempt) bool { return a.Index != attempts[0].Index })
	for _, a := range attempts {
		name := fmt.Sprintf("%s  %s", attemptName(&a), keyTail(a.Key))
		if several {
			name = fmt.Sprintf("%d/%s", a.Index, name)
		}
		a.Kind, a.Step = "", "" // which the name has
		for _, b := range bars(began, []runs.Attempt{a}) {
			if took := b.to - b.from; took > 0 {
				b.labels = append([]string{b.labels[0] + ", " + strconv.FormatFloat(took, 'f', 1, 64) + " ms"}, b.labels...)
			}
			rows = append(rows, timeline{name: name, color: patternColors[b.pattern], bars: []bar{b}})
		}
	}
	return rows
}

// attemptName returns the number of an attempt and its step, and of a poll that it is one.
func attemptName(a *runs.Attempt) string {
	name := strconv.FormatInt(a.Number, 10)
	if a.Kind == runs.Poll {
		name = language.Text("poll")
	}
	if a.Step != "" {
		name += " " + oneLine(a.Step, maxNameLetters)
	}
	return name
}

// keyTail returns the last eight letters of a key, as tables of audits do.
func keyTail(key string) string {
	const letters = 8
	if r := []rune(key); len(r) > letters+4 {
		return "…" + oneLine(string(r[len(r)-letters:]), maxNameLetters)
	}
	return oneLine(key, maxNameLetters)
}

// earliest returns where the axis of time begins: at 0, unless the attempts are so far
// from it that they could not be distinguished.
func earliest(rows []timeline, end float64) float64 {
	first := end
	for _, r := range rows {
		first = min(first, r.bars[0].from)
	}
	span := end - first
	if first < span {
		return 0
	}
	return max(0, first-span/20)
}

// patternLegend explains the patterns that are in the rows.
func patternLegend(rows []timeline) (entries []entry) {
	for i, name := range patternMeanings {
		if slices.ContainsFunc(rows, func(r timeline) bool { return r.bars[0].pattern == pattern(i) }) {
			entries = append(entries, areaEntry(language.Text(name), swatch{patternColors[i], pattern(i)}))
		}
	}
	return entries
}

package nb

import "slices"

// mark is how much a row of a table stands out.
type mark int

const (
	unmarked mark = iota
	warned        // it could not be judged
	bad           // what was asked for does not hold
)

// verdictColumn is the name of the column whose words mark rows.
const verdictColumn = "verdict"

// verdictMarks are the words that mark a row: of audits, thresholds and comparisons.
var verdictMarks = map[string]mark{
	"violated": bad, "fail": bad, "worse": bad,
	"unknown": warned, "unclear": warned,
}

// marksByVerdict marks rows by their verdicts, none when there is no such column.
func marksByVerdict(names []string, rows [][]string) []mark {
	at := slices.Index(names, verdictColumn)
	if at < 0 {
		return nil
	}
	marks := make([]mark, len(rows))
	for i, row := range rows {
		marks[i] = verdictMarks[row[at]]
	}
	return marks
}

func (t table) mark(row int) mark {
	if row < len(t.marks) {
		return t.marks[row]
	}
	return unmarked
}

// openRow is the tag of a row. Colours come in pairs, so that it can be read in a
// dark theme, too.
func (m mark) openRow() string {
	switch m {
	case bad:
		return `<tr style="background-color: #fbdedb; color: #5c1210">`
	case warned:
		return `<tr style="background-color: #fdf1c9; color: #4a3900">`
	}
	return "<tr>"
}

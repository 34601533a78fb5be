package figure

import (
	"strings"

	"sagalab/pkg/internal/language"
)

// columnUnits are the endings of columns' names that are units.
var columnUnits = []struct{ suffix, unit string }{
	{"_per_s", "per s"}, {"_ms", "ms"}, {"_us", "µs"}, {"_s", "s"}, {"_ts", "s"}, {"_percent", "%"}, {"_bytes", "bytes"}, {"_mb", "MB"},
}

// columnWords returns a column's name in words and its unit: "p99 latency" and "ms" for
// p99_latency_ms.
func columnWords(column string) (words, unit string) {
	for _, u := range columnUnits {
		if name, ok := strings.CutSuffix(column, u.suffix); ok && name != "" {
			column, unit = name, u.unit
			break
		}
	}
	return oneLine(strings.ReplaceAll(column, "_", " "), 2*maxNameLetters), unit
}

// columnLabel returns the title of a column's axis: "p99 latency (ms)". The column is data;
// its unit and the remarks are in the language in use.
func columnLabel(column string, remarks ...string) string {
	words, unit := columnWords(column)
	if unit != "" {
		remarks = append([]string{unit}, remarks...)
	}
	if len(remarks) == 0 {
		return words
	}
	for i := range remarks {
		remarks[i] = language.Text(remarks[i])
	}
	return words + " (" + strings.Join(remarks, ", ") + ")"
}

// frameTitle returns the title of a figure of a frame, in English: "latency against start,
// by outcome".
func frameTitle(x, y, by string) string {
	xWords, _ := columnWords(x)
	yWords, _ := columnWords(y)
	title := yWords + " against " + xWords
	if by != "" && by != x {
		byWords, _ := columnWords(by)
		title += ", by " + byWords
	}
	return title
}

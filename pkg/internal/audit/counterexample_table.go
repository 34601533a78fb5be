package audit

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sagalab/pkg/internal/audit/history"
)

// NamedCounterexample is a counterexample and which of a rule's it is: "first",
// "worst" or "last".
type NamedCounterexample struct {
	Name string
	*Counterexample
}

// Counterexamples returns the rule's counterexamples in the order first, worst,
// last, without those that are about the same purchase as one before; none when the
// rule is not violated.
func (v Verdict) Counterexamples() (list []NamedCounterexample) {
	seen := map[string]bool{}
	for _, c := range []NamedCounterexample{{"first", v.First}, {"worst", v.Worst}, {"last", v.Last}} {
		if c.Counterexample == nil || seen[c.about()] {
			continue
		}
		seen[c.about()] = true
		list = append(list, c)
	}
	return list
}

// about identifies what the counterexample is about: its first operation, else its
// key or its order, else its text.
func (c *Counterexample) about() string {
	if len(c.Attempts) > 0 && c.Attempts[0].Operation != history.None {
		return fmt.Sprintf("operation %s %d", c.Attempts[0].Stage, c.Attempts[0].Operation)
	}
	return cmp.Or(c.Key, c.OrderID, c.String())
}

// AttemptHeader names the columns of Counterexample.AttemptRows. Times are in
// milliseconds, those of the first column since the start of the stage.
func AttemptHeader() []string {
	return []string{"stage", "payload", "at_ms", "attempt", "operation", "key", "answer", "took_ms", "waited_ms", "order"}
}

// AttemptRows returns the attempts as a table for a person, a row for each. Of keys
// and orders it has the ends that tell them apart; Attempts has them whole.
func (c *Counterexample) AttemptRows() [][]string {
	ends := c.ends()
	short := func(id string) string { return ends.of(cmp.Or(id, "–")) }
	rows := make([][]string, len(c.Attempts))
	for i, a := range c.Attempts {
		operation := "–"
		if a.Operation != history.None {
			operation = strconv.FormatInt(a.Operation, 10)
		}
		rows[i] = []string{
			a.Stage, a.Payload, tenths(a.AtMS), a.place(), operation, short(a.Key),
			a.Answer + a.because(), tenths(a.LatencyMS), tenths(a.WaitMS), short(a.OrderID),
		}
	}
	return rows
}

// place returns the attempt's number, with its step, and of a poll that it is one.
func (l AttemptLine) place() string {
	number := strconv.FormatInt(l.Number, 10)
	if l.Poll {
		number = "poll"
	}
	return strings.TrimSpace(number + " " + l.Step)
}

// StateLines returns the lines of the state with the ends of keys and orders, as
// AttemptRows has them; State has them whole.
func (c *Counterexample) StateLines() []string {
	ends := c.ends()
	lines := make([]string, len(c.State))
	for i, line := range c.State {
		lines[i] = ends.in(line)
	}
	return lines
}

// Brief returns what is wrong, and the rule with the numbers filled in, in one
// sentence with the ends of keys and orders, as AttemptRows has them.
func (c *Counterexample) Brief() string { return c.ends().in(c.summary()) }

func tenths(ms float64) string { return strconv.FormatFloat(ms, 'f', 1, 64) }

// endings are ids, the longest first, and how many letters from the end tell them
// apart.
type endings struct {
	ids     []string
	letters int
}

// An id of more than wholeID letters is shortened, to fewestLetters at least.
const (
	fewestLetters = 8
	wholeID       = 12
)

// uuid matches an id as most services make them.
var uuid = regexp.MustCompile(`(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`)

// ends finds how much of the ids in the counterexample is needed to tell them apart.
func (c *Counterexample) ends() endings {
	ids := append([]string{c.Key, c.OrderID}, uuid.FindAllString(c.summary(), -1)...)
	for _, a := range c.Attempts {
		ids = append(ids, a.Key, a.OrderID)
	}
	for _, line := range c.State {
		ids = append(ids, uuid.FindAllString(line, -1)...)
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	ends := endings{slices.Compact(ids), fewestLetters}
	for ; !ends.distinct(); ends.letters *= 2 {
	}
	return ends
}

// distinct reports whether no two ids have the same end. An id that ends in another
// one, such as an order's that is made of its key, may share its end.
func (e endings) distinct() bool {
	seen := map[string]string{}
	for _, id := range e.ids {
		other, ok := seen[e.of(id)]
		if ok && !strings.HasSuffix(other, id) {
			return false
		}
		seen[e.of(id)] = id
	}
	return true
}

// of is the end of an id, with a mark that something is missing.
func (e endings) of(id string) string {
	letters := []rune(id)
	if len(letters) <= max(wholeID, e.letters+1) {
		return id
	}
	return "…" + string(letters[len(letters)-e.letters:])
}

// in is a text with the ends of the ids in it.
func (e endings) in(text string) string {
	for _, id := range e.ids {
		if short := e.of(id); short != id {
			text = strings.ReplaceAll(text, id, short)
		}
	}
	return text
}

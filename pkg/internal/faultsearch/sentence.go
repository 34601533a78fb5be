package faultsearch

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// sentence says what a witness shows: the purchases, the faults, and the consequence, such as
// "Two purchases of the last piece; the reply to the first charge of purchase 1 is lost: charged
// twice, confirmed once (a purchase was not paid exactly once)".
func sentence(w *Witness, v audit.Verdict) string {
	return capital(scheduleWords(w.World, w.Schedule)) + ": " + consequence(w, v)
}

// scheduleWords says which purchases are made and what goes wrong.
func scheduleWords(w World, s fault.Schedule) string {
	parts := []string{w.String()}
	for _, f := range s.Faults {
		parts = append(parts, faultWords(f, w))
	}
	return strings.Join(parts, "; ")
}

// Sentence says what was made, what went wrong, and what was done: "One purchase; the reply to the
// first charge at payments is lost: charged once, confirmed once".
func (x *Execution) Sentence() string {
	text := capital(scheduleWords(x.World, x.Schedule))
	if done := x.done(); done != "" {
		text += ": " + done
	}
	return text
}

// done counts the orders and the money, or where the service does not show them the answers.
func (x *Execution) done() string {
	if x.Effects != nil {
		return x.Effects.String()
	}
	return answered(x)
}

func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// faultWords says what a fault does.
func faultWords(f fault.CallFault, w World) string {
	call := callWords(f.Call, w)
	switch f.Fault {
	case fault.DropReply:
		return "the reply to " + call + " is lost"
	case fault.ResetReply:
		return "the connection is reset in place of the reply to " + call
	case fault.HangReply:
		return "the reply to " + call + " does not come in time"
	case fault.Duplicate:
		return call + " is delivered twice"
	case fault.DropRequest:
		return call + " is lost on its way"
	case fault.Unavailable:
		return call + " is answered with 503 and not delivered"
	case fault.Kill:
		return "the process is killed once it has done " + call
	}
	return fmt.Sprintf("%s on %s", f.Fault, call)
}

var ordinals = [...]string{"", "first", "second", "third"}

// ordinal returns a number as a word, "4th" and so on from there.
func ordinal(n int) string {
	if n > 0 && n < len(ordinals) {
		return ordinals[n]
	}
	return fmt.Sprintf("%dth", n)
}

// callWords names a call, such as "the second charge of purchase 1".
func callWords(c fault.Call, w World) string {
	what := "request"
	switch {
	case c.Participant != "" && c.Step != "":
		what = stepWords(c.Step) + " at " + c.Participant
	case c.Step != "":
		what = "request of step " + c.Step
	}
	text := "the " + ordinal(c.Attempt) + " " + what
	if w.Purchases > 1 {
		text += fmt.Sprintf(" of purchase %d", c.Purchase)
	}
	return text
}

// stepWords returns the last word of a path, "charge" for "POST /charge", or the step as it is.
func stepWords(step string) string {
	method, path, ok := strings.Cut(step, " ")
	if !ok || method != "POST" {
		return step
	}
	segments := strings.Split(path, "/")
	for i := len(segments) - 1; i >= 0; i-- {
		if s := segments[i]; s != "" && s != "{id}" {
			return s
		}
	}
	return step
}

// consequences says in words what it means that a rule is violated.
var consequences = map[string]string{
	"K1":  "one purchase became several orders",
	"K2":  "a definite answer changed",
	"K3":  "a key was accepted with another payload",
	"K4":  "two purchases share one order",
	"K5":  "asked again later, the service answers otherwise",
	"S1":  "more was sold than there was",
	"S2":  `"out of stock" was said although there was some`,
	"B1":  "a user spent more than the balance, or was refused with enough of it",
	"C1":  "pieces appeared or are missing, or stay reserved",
	"C2":  "money appeared or is missing",
	"C3":  "a purchase was not paid exactly once",
	"C4":  "the answer and the state do not agree",
	"C5":  "an order is never finished",
	"C6":  "a stock or a balance fell below zero",
	"C7":  "the status of an order went back",
	"C8":  "a confirmed order is missing",
	"C9":  "the answer says that nothing was done, and something was",
	"C10": "a purchase that was said to be in progress was never begun",
	"T1":  "a confirmed order lacks a step, or a cancelled one kept what it had done",
	"T2":  "a compensation took effect without its step",
	"T3":  "a step took effect after its compensation",
	"T4":  "a step took effect twice",
}

// consequence says what a violated rule means, and what was done: of the orders and the money,
// else of the answers.
func consequence(w *Witness, v audit.Verdict) string {
	text := consequences[w.Rule]
	if text == "" {
		text = "violated is that " + v.Title
	}
	done := w.Execution.done()
	if done == "" {
		return text
	}
	return done + " (" + text + ")"
}

// answered counts the outcomes of the purchases by their answers.
func answered(x *Execution) string {
	count := map[purchase.Outcome]int{}
	for _, e := range x.Ends {
		count[e.Outcome]++
	}
	var list []string
	for _, k := range []struct {
		outcome purchase.Outcome
		words   string
	}{{purchase.OK, "answered as confirmed"}, {purchase.Failed, "refused"}, {purchase.Unknown, "not answered"}} {
		if n := count[k.outcome]; n > 0 {
			list = append(list, numberWord(n)+" "+k.words)
		}
	}
	return strings.Join(list, ", ")
}

func numberWord(n int) string {
	if n >= 0 && n < len(numbers) {
		return numbers[n]
	}
	return fmt.Sprint(n)
}

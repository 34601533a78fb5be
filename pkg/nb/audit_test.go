package nb

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

const (
	firstKey  = "01a21864-8375-7460-bc56-8e74e48c9b5b"
	secondKey = "01a21864-83d7-7d19-a3af-33625599630c"
)

// boughtTwice is a counterexample of one purchase under two keys.
func boughtTwice(operation int64, says string) *audit.Counterexample {
	return &audit.Counterexample{
		Says: says, Key: secondKey,
		Attempts: []audit.AttemptLine{
			{Stage: "new-keys", Operation: operation, Number: 1, Key: firstKey, Payload: "user 1 buys 1 × product 1", AtMS: 1.7, LatencyMS: 47.7, Answer: "no answer (eof)", Reason: "eof", Sent: true},
			{Stage: "new-keys", Operation: operation, Number: 2, Key: secondKey, Payload: "user 1 buys 1 × product 1", AtMS: 100, WaitMS: 50.6, LatencyMS: 8.2, Status: 201, Answer: "HTTP 201", OrderID: "o-2", Sent: true},
		},
		State: []string{"the state has order o-1: CONFIRMED, key " + firstKey, "the state has order o-2: <CONFIRMED>, key " + secondKey},
	}
}

// TestFigureAttemptsMeanWhatTheAuditUnderstood: a figure of attempts goes by the meaning, which an adapter's 201 alone does not say.
func TestFigureAttemptsMeanWhatTheAuditUnderstood(t *testing.T) {
	lines := []audit.AttemptLine{{Status: 201, Reason: "paid", Sent: true, Meaning: purchase.MeansConfirmed}, {Status: 201, Sent: true}, {Status: 201, Reason: "rejected", Sent: true, Meaning: purchase.MeansNoStock}}
	_, attempts := figureAttempts(lines)
	for i, a := range attempts {
		if got := a.Means(); got != lines[i].Meaning {
			t.Errorf("attempt %d means %s, want %s", i+1, got, lines[i].Meaning)
		}
	}
}

func judgedReport() audit.Report {
	first, worst := boughtTwice(15, "operation 15 was bought 2 times: "+strings.Repeat("its attempts carried different keys ", 5)), boughtTwice(7, "operation 7 was bought 4 times")
	return audit.Report{Verdicts: []audit.Verdict{
		{Rule: "K1", Title: "one key, one order", Answer: audit.NotExercised, Reason: "no key was sent again"},
		{Rule: "K4", Title: "one order, one key", Answer: audit.Holds, Judged: 399, What: "purchases"},
		{Rule: "C2", Title: "no money vanishes", Answer: audit.Unknown, Reason: "GET /users answered 404"},
		{Rule: "C3", Title: "a purchase is paid once", Answer: audit.Violated, Judged: 574, Count: 49, What: "orders", First: first, Worst: worst, Last: first},
		{Rule: "T4", Title: "a step takes effect once", Answer: audit.Holds, Judged: 574, What: "orders with steps"},
	}}
}

// inOrder is an error unless all texts are found, one after another.
func inOrder(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			t.Fatalf("%s lacks %q after what comes before it:\n%s", what, part, text)
		}
		rest = after
	}
}

func TestAuditShowsViolatedFirstAndFoldsWhatHolds(t *testing.T) {
	open, holds := auditTables(judgedReport())
	whole := strings.Repeat("its attempts carried different keys ", 5)
	inOrder(t, "HTML", auditHTML(open, holds), "<tr style=", "<b>✗ C3</b>", "<b>violated</b>", "49 of 574 orders</td></tr>", `<td colspan="4"`, "First: operation 15", whole, "</td></tr>", "<b>unknown</b>", "not exercised", "</table>",
		"<details><summary>2 rules hold</summary>", "K4", "399 purchases", "T4", "</details>")
	inOrder(t, "text", auditText(open, holds), "rule ", "\n✗ C3 ", "violated", "49 of 574 orders. First: operation 15", whole, "C2 ", "unknown", "K1 ", "not exercised", "\n2 rules hold: K4, T4\n")
	calm := judgedReport()
	calm.Verdicts = calm.Verdicts[1:2]
	open, holds = auditTables(calm)
	if got := auditText(open, holds); got != "1 rule holds: K4\n" {
		t.Errorf("text of a rule that holds: %q", got)
	}
	if got := auditHTML(open, holds); !strings.HasPrefix(got, "<details><summary>1 rule holds</summary>") {
		t.Errorf("HTML of a rule that holds: %q", got)
	}
}

func TestCounterexamplesAreShown(t *testing.T) {
	v := judgedReport().Verdicts[3]
	html := counterexamplesHTML(v, v.Counterexamples())
	inOrder(t, "HTML", html, "<b>C3 violated</b>: a purchase is paid once", "<b>first</b>: operation 15", "times since the start of stage new-keys; each attempt: user 1 buys 1 × product 1",
		"<table", "at_ms", "attempt", "operation", "key", "answer", "took_ms", "waited_ms", "order", "<td>100.0</td><td>2</td><td>15</td>", "…5599630c", "HTTP 201", "<td>50.6</td>", "o-2", "</table>",
		"<ul>", "<li>the state has order o-1", "&lt;CONFIRMED&gt;", "</ul>", "<details><summary><b>worst</b>: operation 7", "</details>")
	text := counterexamplesText(v, v.Counterexamples())
	inOrder(t, "text", text, "C3 violated: ", "\n  first: operation 15", "\n    at_ms ", "\n    1.7 ", "\n    the state has order o-1", "\n  worst: operation 7")
	for name, shown := range map[string]string{"HTML": html, "text": text} {
		if strings.Contains(shown, firstKey) || strings.Contains(shown, "last") || strings.Contains(shown, "<script") {
			t.Errorf("%s has a whole key, or the last counterexample, which is the first one:\n%s", name, shown)
		}
	}
	var b bytes.Buffer
	captureOutput(t, &b)
	showCounterexamples(v)
	inOrder(t, "output", b.String(), "C3 violated", "[figure: Attempts of the first counterexample to C3]")
	b.Reset()
	showCounterexamples(judgedReport().Verdicts[1])
	if b.Len() > 0 {
		t.Errorf("a rule that holds shows %q", b.String())
	}
}

// TestCounterexampleWithoutAttempts is one of products or users.
func TestCounterexampleWithoutAttempts(t *testing.T) {
	var b bytes.Buffer
	captureOutput(t, &b)
	v := audit.Verdict{Rule: "C1", Answer: audit.Violated, First: &audit.Counterexample{Says: "1 pieces are gone", Formula: "5 − 2 = 3"}}
	showCounterexamples(v)
	if got := b.String(); !strings.Contains(got, "first: 1 pieces are gone: 5 − 2 = 3") || strings.Contains(got, "figure") || strings.Contains(got, "at_ms") {
		t.Errorf("output %q, want the sentence alone", got)
	}
	if got := counterexamplesHTML(v, v.Counterexamples()); strings.Contains(got, "<table") || strings.Contains(got, "<ul") {
		t.Errorf("HTML %s, want neither table nor list", got)
	}
}

// kept is the tags and attributes that JupyterLab 4 keeps in the HTML of untrusted
// notebooks, of those that are used here; see allowedTags in its Sanitizer.
var kept = regexp.MustCompile(`^/?(table|thead|tbody|tr|th|td|details|summary|p|b|ul|li)( (class|border|style|colspan)="[^"]*")*$`)

// TestHTMLSurvivesUntrustedNotebooks: a notebook from elsewhere shows the same.
func TestHTMLSurvivesUntrustedNotebooks(t *testing.T) {
	open, holds := auditTables(judgedReport())
	v := judgedReport().Verdicts[3]
	frame := newTable(dataframe.New(series.New([]string{"fail"}, series.String, "verdict"), series.New([]int{1}, series.Int, "n")))
	for _, html := range []string{auditHTML(open, holds), counterexamplesHTML(v, v.Counterexamples()), frame.html()} {
		for _, tag := range regexp.MustCompile(`<([^>]*)>`).FindAllStringSubmatch(html, -1) {
			if !kept.MatchString(tag[1]) {
				t.Errorf("an untrusted notebook loses <%s>", tag[1])
			}
		}
	}
}

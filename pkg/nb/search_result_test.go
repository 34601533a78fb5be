package nb

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/figure"
	"sagalab/pkg/internal/faultsearch"
)

// charged is a charge whose reply is lost, and which is made twice.
func charged() (calls []fault.SeenCall) {
	at := time.Unix(1_700_000_000, 0)
	for i, c := range []fault.SeenCall{
		{Call: fault.Call{Attempt: 1}, Status: 201},
		{Call: fault.Call{Participant: "payments", Step: "POST /charge", Attempt: 1}, Status: 200, Fault: fault.DropReply},
		{Call: fault.Call{Participant: "payments", Step: "POST /charge", Attempt: 2}, Status: 200},
	} {
		c.Purchase, c.Began, c.Ended = 1, at.Add(time.Duration(i)*time.Millisecond), at.Add(time.Duration(i+1)*time.Millisecond)
		calls = append(calls, c)
	}
	return calls
}

func foundWitness() *faultsearch.Result {
	report := judgedReport()
	calls := charged()
	return &faultsearch.Result{Answer: faultsearch.FoundWitness, Notes: []string{"the service was not killed"}, Witness: &faultsearch.Witness{
		World: faultsearch.World{Purchases: 1, Scarce: faultsearch.Stock}, Schedule: fault.Schedule{Faults: []fault.CallFault{{Call: calls[1].Call, Fault: fault.DropReply}}},
		Rule: "C3", Sentence: "One purchase; " + strings.Repeat("the reply to the first charge is lost ", 3) + ": charged twice",
		Execution: &faultsearch.Execution{Calls: calls, Report: &report}, Minimal: true, Tries: 2, Confirmed: 9, Confirmations: 10,
	}}
}

// triedAll is what a search of one kind of two found out, which violated nothing.
func triedAll() *faultsearch.Result {
	call := fault.Call{Purchase: 1, Participant: "payments", Step: "POST /charge", Attempt: 1}
	return &faultsearch.Result{
		Answer: faultsearch.NoneFound, Options: faultsearch.Options{Faults: 1, Attempts: 3, Kinds: []fault.Kind{fault.DropReply, fault.Duplicate}},
		Certificate: &faultsearch.Certificate{
			Complete: true, Sampled: 3, Rules: []faultsearch.RuleCount{{Rule: "C3"}, {Rule: "T4"}},
			Worlds: []faultsearch.Covered{{
				World: faultsearch.World{Purchases: 2, Scarce: faultsearch.Stock}, Enumerated: 5, Executed: 3,
				Skipped: map[faultsearch.Reason]int{faultsearch.EqualPurchases: 2},
				Cells:   []faultsearch.Cell{{CallFault: fault.CallFault{Call: call, Fault: fault.DropReply}, Survived: 2, Skipped: 1, NotReached: 4}},
			}},
		},
	}
}

// TestSearchShowsAWitness: the sentence, the timeline, the counterexample, and how sure it is.
func TestSearchShowsAWitness(t *testing.T) {
	var b bytes.Buffer
	captureOutput(t, &b)
	r := foundWitness()
	showSearch(r)
	inOrder(t, "output", b.String(), r.Witness.Sentence+"\n", "[figure: "+r.Witness.Sentence+"]\n", "C3 violated: a purchase is paid once", "[figure: Attempts of the first counterexample to C3]",
		"The faults: drop_reply on attempt 1 at POST /charge of payments for purchase 1\n", "It is minimal: ", "2 executions each did not violate C3\n", "9 of 10 executions of it violated C3 again\n", "Note: the service was not killed\n")
	b.Reset()
	r.Witness.Minimal, r.Witness.Execution.Report = false, nil
	showSearch(r)
	if text := b.String(); strings.Contains(text, "minimal") || strings.Contains(text, "counterexample") {
		t.Errorf("a witness that may be larger, without a report, is shown as %q", text)
	}
}

// TestSearchShowsWhatWasTried: a map for each world, the rules and the sample.
func TestSearchShowsWhatWasTried(t *testing.T) {
	var b bytes.Buffer
	captureOutput(t, &b)
	showSearch(triedAll())
	inOrder(t, "output", b.String(), "At most 1 fault of 2 kinds", "5 schedules, 3 executed, 2 skipped\n", "[figure: Two purchases of the last piece]\n", "Judged, and not violated: C3, T4\n", "3 were executed as a sample: 0 did otherwise\n")
	b.Reset()
	showSearch(&faultsearch.Result{Answer: faultsearch.Undecided, Why: "no rule could be judged"})
	if got := b.String(); got != "Could not judge: no rule could be judged\n" {
		t.Errorf("what could not be judged is shown as %q", got)
	}
}

// TestSearchInJapanese: what stands around the sentences of the search is in Japanese.
func TestSearchInJapanese(t *testing.T) {
	b := inJapanese(t)
	showSearch(foundWitness())
	inOrder(t, "output", b.String(), "C3 違反", "起こした障害: drop_reply", "これは最小です: ", "10 回の再実行のうち 9 回で C3 に再び違反しました\n", "注意: ")
	b.Reset()
	showSearch(triedAll())
	inOrder(t, "output", b.String(), "判定して違反のなかったルール: C3, T4\n", "3 件を抜き取って実行: 結果が異なったのは 0 件\n")
}

// TestCellsOfAMap: cells have the counts of the search, and each kind has one.
func TestCellsOfAMap(t *testing.T) {
	r := triedAll()
	cells := mapCells(&r.Certificate.Worlds[0], r.Options.Kinds)
	first := figure.FaultCell{Participant: "payments", Step: "POST /charge", Attempt: 1, Fault: "drop_reply", Survived: 2, NotReached: 4}
	if c := cells[0]; len(cells) != 3 || c.Skipped[""] != 1 {
		t.Fatalf("cells %+v, want one that was tried, and an empty one for each kind", cells)
	}
	if cells[0].Skipped = nil; cells[0].Survived != first.Survived || cells[0].NotReached != first.NotReached || cells[0].Step != first.Step || cells[0].Fault != first.Fault {
		t.Errorf("the cell %+v, want %+v", cells[0], first)
	}
	if c := cells[2]; c.Fault != "duplicate" || c.Survived+c.Broke+c.NotReached+len(c.Skipped) != 0 {
		t.Errorf("the cell %+v, want an empty one for duplicate", c)
	}
}

package nb

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/faultsearch"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/internal/shop/defect"
)

// servedShop is a lab of the reference service with some defects, after the cells of set-up, which
// writes to the buffer.
func servedShop(t *testing.T, defects ...defect.Defect) (Lab, *bytes.Buffer) {
	t.Helper()
	s, err := shop.Open(t.Context(), shop.Config{Lab: true, Seed: 1, Defects: defects, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- shop.Serve(ctx, listener, s) }()
	t.Cleanup(func() {
		stop()
		<-done
		s.Close(context.Background())
	})
	l, text, _ := cells(t, confirm)
	l.API = "http://" + listener.Addr().String()
	if err := l.setup(); err != nil {
		t.Fatal(err)
	}
	if err := l.checkConnectivity(); err != nil {
		t.Fatal(err)
	}
	text.Reset()
	return l, text
}

// short is a search that is short, on a machine that may be busy.
func short(name string) FaultSearch {
	return FaultSearch{Name: name, Purchases: 1, Kinds: []fault.Kind{fault.DropReply, fault.DropRequest}, Timeout: time.Second, Confirm: 2}
}

// TestSearchShowsACertificate: of a correct service a cell shows how many schedules there are, the map
// and how it adds up.
func TestSearchShowsACertificate(t *testing.T) {
	l, text := servedShop(t)
	f := l.Search(short("right"))
	if f.Broken() || f.Rule() != "" || !strings.Contains(f.Sentence(), "broke none of") {
		t.Errorf("found %q, broken %t", f.Sentence(), f.Broken())
	}
	inOrder(t, "a certificate", text.String(), "At most 7 schedules", "The search ended after ", "At most 2 faults of 2 kinds", "[figure: right: what the search tried]",
		"One purchase: 1 call, 2 kinds of faults", "= 7 executed", "Judged: ", " executions in ")
	if _, err := f.replay(); err == nil || !strings.Contains(err.Error(), `search "right" found nothing that could be replayed`) {
		t.Errorf("the replay of a certificate: %v", err)
	}
}

// TestSearchThatIsNotDone: a search that used its budget up says so, and what it tried.
func TestSearchThatIsNotDone(t *testing.T) {
	l, text := servedShop(t)
	s := short("cut off")
	s.Budget = 1
	if f := l.Search(s); f.Broken() || !strings.Contains(f.Sentence(), "could not judge: the budget is used up") {
		t.Errorf("found %q", f.Sentence())
	}
	inOrder(t, "a search that is not done", text.String(), "Could not judge: the budget is used up", " in ")
}

// TestSearchShowsAWitness: of a service with a defect a cell shows the sentence, the calls, the
// counterexample and how to replay it, and a later cell does.
func TestSearchShowsAWitness(t *testing.T) {
	l, text := servedShop(t, defect.SecondOrder)
	f := l.Search(short("twice"))
	if !f.Broken() || f.Rule() == "" {
		t.Fatalf("found %q: %s", f.Sentence(), text)
	}
	inOrder(t, "a witness", text.String(), f.Sentence(), f.Rule()+" is violated: ", "[figure: twice: the calls of the smallest witness]", f.Rule()+" violated: ", "the counterexample: ",
		"It is minimal", "2 of 2 executions", `lab.Found("twice").Replay()`, "sagalab search --replay ", "/searches/twice.json", "--api "+l.API)
	run, err := l.current()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(foundPath(run, "twice"))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := faultsearch.ParseReplayed(file); err != nil || r.World.Purchases != 1 {
		t.Errorf("the command reads %+v, %v", r, err)
	}
	text.Reset()
	kept := l.Found("twice")
	if kept.Sentence() != f.Sentence() || kept.search.Confirm != 2 {
		t.Errorf("kept is %q, of %+v", kept.Sentence(), kept.search)
	}
	if again := kept.Replay(); !again.Broken() {
		t.Errorf("the replay breaks nothing: %s", text)
	}
	inOrder(t, "a replay", text.String(), f.Sentence(), "[figure: twice: the calls of the replay]", f.Rule()+" is violated; 2 of 2 executions")
}

// TestReplayWhereNothingIsBroken: a repaired service violates nothing under the schedule of a witness.
func TestReplayWhereNothingIsBroken(t *testing.T) {
	l, text := servedShop(t)
	f := Found{lab: l, search: l.withDefaults(short("repaired"))}
	f.result.Witness = &faultsearch.Witness{World: faultsearch.World{Purchases: 1, Scarce: faultsearch.Stock},
		Schedule: fault.Schedule{Faults: []fault.CallFault{{Call: fault.Call{Purchase: 1, Attempt: 1}, Fault: fault.DropReply}}}}
	if again := f.Replay(); again.Broken() {
		t.Errorf("the replay breaks %s", again.Rule())
	}
	inOrder(t, "a replay", text.String(), "One purchase; the reply to the first request is lost: none of 3 executions violated a rule")
}

// TestTry: one schedule that a person chose, and what it did.
func TestTry(t *testing.T) {
	l, text := servedShop(t, defect.SecondOrder)
	l.Try(FaultSearch{Name: "by hand", Timeout: time.Second}, fault.CallFault{Call: fault.Call{Purchase: 1, Attempt: 1}, Fault: fault.DropReply})
	inOrder(t, "a schedule", text.String(), "One purchase; the reply to the first request is lost: ", "[figure: by hand: the calls]", "Violated: ")
	if strings.Contains(text.String(), "no rule") {
		t.Errorf("nothing was violated: %s", text)
	}
}

// TestSearchesThatCannotStart: each says what is wrong, and what to do.
func TestSearchesThatCannotStart(t *testing.T) {
	l, _, _ := cells(t, confirm)
	search := func(change func(*FaultSearch)) error {
		s := short("wrong")
		change(&s)
		_, err := l.search(s)
		return err
	}
	none := func(*FaultSearch) {}
	want := func(err error, says string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
	want(search(none), "run its set-up cell first")
	if err := l.setup(); err != nil {
		t.Fatal(err)
	}
	want(search(none), "run the connectivity check's cell first")
	if err := l.checkConnectivity(); err != nil {
		t.Fatal(err)
	}
	want(search(none), "FaultSearch.Reset or FaultSearch.Fresh")
	want(search(func(s *FaultSearch) { s.Name = "../x" }), "FaultSearch.Name")
	want(search(func(s *FaultSearch) { s.Reset, s.Fresh = "true", true }), "cannot both be set")
	want(search(func(s *FaultSearch) { s.Purchases = 9 }), "purchases: 9")
	want(search(func(s *FaultSearch) { s.Faults = 9 }), "faults: 9")
	want(search(func(s *FaultSearch) { s.Kinds = []fault.Kind{"wire_down"} }), "wire_down")
	want(search(func(s *FaultSearch) { s.Kinds = []fault.Kind{fault.Kill} }), "OwnService or OwnDistributed")
	want(search(func(s *FaultSearch) { s.Participants = []Participant{{Name: "payments"}} }), "participant")
	want(l.try(short("wrong"), []fault.CallFault{{Fault: fault.DropReply}}), "want 1 or more")
	_, err := l.found("none")
	want(err, `search "none" has not run in this run: run its cell first`)
	t.Setenv("SAGALAB_PROGRAM", "")
	want(l.ownDistributed(func(Lab) { t.Error("it was started") }, nil), "SAGALAB_PROGRAM")
}

// TestShellLines: a long command goes on in another line, which a shell reads as one.
func TestShellLines(t *testing.T) {
	long := strings.Repeat("x", 60)
	if got, want := shellLines([]string{"sagalab", "search", "--api", long, "--fresh", "--replay", "r.json"}), "  sagalab search --api "+long+" \\\n      --fresh --replay r.json\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

package runs

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sagalab/pkg/purchase"
)

// record is the i-th of a stage whose every third operation needed a retry.
func record(stage string, i int) Record {
	start := time.Unix(1_700_000_000, int64(i)*1_234_567).UTC()
	op := Operation{
		Stage: stage, Index: int64(i), VirtualUser: int64(i % 7), Key: fmt.Sprintf("key-%d", i),
		UserID: 1, ProductID: 2, Quantity: 3, PaymentMethodID: 4,
		ScheduledTS: start, StartTS: start, EndTS: start.Add(20 * time.Millisecond),
		LatencyMS: 20.25, ServiceMS: 15, WaitMS: 5.25, Attempts: 1, Success: true, StatusStr: "success",
		Outcome: purchase.OK, Status: 201, OrderID: "o", Message: `{"注文": "確定"}`,
	}
	r := Record{Operation: op, Attempts: []Attempt{{Stage: stage, Index: op.Index, Number: 1, Kind: "original", Key: op.Key, StartTS: start, LatencyMS: 15, Status: 201, Sent: true, OrderID: "o", Meaning: "confirmed", AnsweredAmount: 30, AnswerDiffers: "quantity 2"}}}
	if i%3 == 0 {
		r.Operation.Attempts = 2
		r.Attempts[0].Status, r.Attempts[0].Class, r.Attempts[0].Reason = 0, "eof", "eof"
		r.Attempts[0].Meaning, r.Attempts[0].AnsweredAmount, r.Attempts[0].AnswerDiffers = "unclear", 0, ""
		r.Attempts = append(r.Attempts, Attempt{Stage: stage, Index: op.Index, Number: 2, Kind: "retry", Key: op.Key, StartTS: start, PlannedWaitMS: 5, WaitMS: 5.25, Status: 201, Sent: true, Replayed: true, Meaning: "confirmed"})
	}
	return r
}

func records(stage string, from, to int) []Record {
	var list []Record
	for i := from; i < to; i++ {
		list = append(list, record(stage, i))
	}
	return list
}

func begin(t *testing.T, r Run, stage string, n int) *Writer {
	t.Helper()
	w, err := r.Begin(Info{Stage: stage, Kind: Load, API: r.API, Requests: n, VUs: 5, Policy: "p"})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func newRun(t *testing.T) (Store, Run) {
	t.Helper()
	s := Store{Dir: filepath.Join(t.TempDir(), "runs")}
	r, err := s.Create("01-load-and-retry", "http://127.0.0.1:8000")
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

func onlyStage(t *testing.T, r Run) Stage {
	t.Helper()
	stages, err := r.Stages()
	if err != nil || len(stages) != 1 {
		t.Fatalf("Stages() = %d stages, %v; want 1", len(stages), err)
	}
	return stages[0]
}

func checkRows(t *testing.T, got Stage, want []Record) {
	t.Helper()
	if len(got.Operations) != len(want) {
		t.Fatalf("%d operations read, want %d", len(got.Operations), len(want))
	}
	attempts := got.Attempts
	for i, w := range want {
		if !reflect.DeepEqual(got.Operations[i], w.Operation) {
			t.Fatalf("operation %d = %+v, want %+v", i, got.Operations[i], w.Operation)
		}
		if n := len(w.Attempts); len(attempts) < n || !reflect.DeepEqual(attempts[:n], w.Attempts) {
			t.Fatalf("attempts of operation %d differ from %+v", i, w.Attempts)
		}
		attempts = attempts[len(w.Attempts):]
	}
	if len(attempts) != 0 {
		t.Errorf("%d attempts too many", len(attempts))
	}
}

func TestRowsSurviveTheDisk(t *testing.T) {
	store, r := newRun(t)
	want := records("light", 0, 3000)
	w := begin(t, r, "light", 3000)
	for _, part := range [][]Record{want[2000:], want[:1], want[1:2000]} { // recorded in the order of their ends
		if err := w.Append(part); err != nil {
			t.Fatal(err)
		}
	}
	running := onlyStage(t, r)
	checkRows(t, running, want)
	if running.State != Running {
		t.Errorf("while it runs the state is %q, want %q", running.State, Running)
	}
	if err := w.Finish(Complete, ""); err != nil {
		t.Fatal(err)
	}
	again, err := store.Open(r.ID)
	if err != nil {
		t.Fatal(err)
	}
	s := onlyStage(t, again)
	checkRows(t, s, want)
	if s.State != Complete || s.VUs != 5 || s.Ended.Before(s.Started) {
		t.Errorf("stage.json read back as %+v", s.Info)
	}
	files, _ := filepath.Glob(filepath.Join(r.Dir(), "01-light", "*"))
	hidden, _ := filepath.Glob(filepath.Join(r.Dir(), "01-light", ".*"))
	if len(files) != 3 || len(hidden) != 0 {
		t.Errorf("a finished stage left %v %v, want its three files", files, hidden)
	}
}

func TestTheNewestExecutionCounts(t *testing.T) {
	_, r := newRun(t)
	for _, s := range []struct {
		name string
		n    int
		kind string
	}{{"light", 5, Load}, {"normal", 1, Case}, {"heavy/../x y", 7, Load}, {"light", 9, Load}} {
		w := begin(t, r, s.name, s.n)
		w.info.Kind = s.kind
		if err := errors.Join(w.Append(records(s.name, 0, s.n)), w.Finish(Complete, "")); err != nil {
			t.Fatal(err)
		}
	}
	stages, err := r.Stages()
	if err != nil || len(stages) != 2 || stages[0].Stage != "light" || len(stages[0].Operations) != 9 || stages[1].Stage != "heavy/../x y" {
		t.Errorf("Stages() = %+v, %v; want light with 9 operations, then heavy/../x y", names(stages), err)
	}
	cases, err := r.Cases()
	if err != nil || len(cases) != 1 || cases[0].Stage != "normal" {
		t.Errorf("Cases() = %v, %v; want normal", names(cases), err)
	}
	all, err := r.Executions(1)
	if n, countErr := r.Executed(); err != nil || countErr != nil || n != 4 || fmt.Sprint(names(all)) != "[normal/1 heavy/../x y/7 light/9]" {
		t.Errorf("Executions(1) = %v, %v of %d; want all but the first, in their order", names(all), err, n)
	}
	if _, err := os.Stat(filepath.Join(r.Dir(), "03-heavy____x_y")); err != nil {
		t.Errorf("a stage's name must stay within the run's directory: %v", err)
	}
}

func names(stages []Stage) (list []string) {
	for _, s := range stages {
		list = append(list, fmt.Sprintf("%s/%d", s.Stage, len(s.Operations)))
	}
	return list
}

const crashDir = "SAGALAB_TEST_CRASH_DIR"

// TestMain lets the test binary be the process that is killed, or one that makes
// runs.
func TestMain(m *testing.M) {
	if os.Getenv(makerDir) != "" {
		makerMain()
		return
	}
	if dir := os.Getenv(crashDir); dir != "" {
		r, err := Store{Dir: dir}.Create("crash", "http://127.0.0.1:1")
		if err != nil {
			panic(err)
		}
		w, err := r.Begin(Info{Stage: "s", Kind: Load, Requests: 1 << 20, VUs: 1})
		if err != nil {
			panic(err)
		}
		for i := 0; ; i += 100 {
			if err := w.Append(records("s", i, i+100)); err != nil {
				panic(err)
			}
			fmt.Println(i + 100) // what the parent may count on
		}
	}
	os.Exit(m.Run())
}

func TestKillLosesNothingAcknowledged(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fmt.Sscan(lines.Text(), &acknowledged)
		if acknowledged == 2000 {
			cmd.Process.Signal(syscall.SIGKILL)
		}
	}
	cmd.Wait()
	list, err := Store{Dir: dir}.List()
	if err != nil || len(list) != 1 {
		t.Fatalf("List() = %v, %v; want the run of the killed process", list, err)
	}
	s := onlyStage(t, list[0])
	if n := len(s.Operations); n < acknowledged {
		t.Errorf("%d operations read, %d were acknowledged before kill -9", n, acknowledged)
	}
	checkRows(t, s, records("s", 0, len(s.Operations)))
	if s.State != Interrupted || s.Detail == "" {
		t.Errorf("state %q %q, want %q with a reason", s.State, s.Detail, Interrupted)
	}
	again := onlyStage(t, list[0]) // from the tables that the first reader made of the journal
	checkRows(t, again, records("s", 0, len(s.Operations)))
	if _, err := os.Stat(filepath.Join(list[0].Dir(), "01-s", journalFile)); err != nil || again.State != Interrupted {
		t.Errorf("read again: state %q, %v, journal %v; want it finished as interrupted, and its journal kept", again.State, again.Damage, err)
	}
}

// journalOf is the bytes of a journal with each batch, and where each ends.
func journalOf(t testing.TB, batches ...[]Record) (file []byte, ends []int) {
	t.Helper()
	var b bytes.Buffer
	j := &journal{to: &b}
	for _, batch := range batches {
		if err := j.append(ended, batch); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, b.Len())
	}
	return b.Bytes(), ends
}

func allOf(journal []byte) (list []Record) {
	readJournal(bytes.NewReader(journal), int64(len(journal)), func(_ entryKind, r Record) { list = append(list, r) })
	return list
}

func TestTornJournal(t *testing.T) {
	want := records("s", 0, 12)
	file, ends := journalOf(t, want[:3], want[3:6], want[6:9], want[9:])
	for cut := range len(file) + 1 {
		whole := 0
		for _, end := range ends {
			if cut >= end {
				whole += 3
			}
		}
		if got := allOf(file[:cut]); len(got) != whole || whole > 0 && !reflect.DeepEqual(got, want[:whole]) {
			t.Fatalf("cut at byte %d: %d records read, want the first %d as they were", cut, len(got), whole)
		}
	}
}

// A bit that flips makes its entry unreadable, and no other: nothing false is read, and
// how much is missing is known.
func TestDamagedJournal(t *testing.T) {
	want := records("s", 0, 9)
	file, ends := journalOf(t, want[:3], want[3:6], want[6:])
	for at := range file {
		changed := bytes.Clone(file)
		changed[at] ^= 0x10
		n := slices.IndexFunc(ends, func(end int) bool { return at < end })
		left := slices.Concat(want[:3*n], want[3*n+3:])
		var got []Record
		damage, err := readJournal(bytes.NewReader(changed), int64(len(changed)), func(_ entryKind, r Record) { got = append(got, r) })
		missing := 3
		if n == 2 { // the last: nothing behind it says how many there were
			missing = 0
		}
		if err != nil || !reflect.DeepEqual(got, left) || damage.Records != missing || damage.Bytes != int64(ends[n]-append([]int{0}, ends...)[n]) {
			t.Fatalf("byte %d damaged: %d records read, %+v, %v; want the 6 of the other entries, and that %d are missing", at, len(got), damage, err, missing)
		}
	}
}

// TestEveryFieldIsKept gives every field of a row a value of its own.
func TestEveryFieldIsKept(t *testing.T) {
	n := 0
	fill := func(row any) {
		v := reflect.ValueOf(row).Elem()
		for i := range v.NumField() {
			n++
			switch f := v.Field(i); f.Interface().(type) {
			case int64:
				f.SetInt(int64(-n))
			case purchase.ID:
				f.Set(reflect.ValueOf([...]purchase.ID{purchase.ID(n), purchase.TextID(fmt.Sprint("id ", n))}[n%2]))
			case float64:
				f.SetFloat(float64(n) + .25)
			case bool:
				f.SetBool(true)
			case time.Time:
				f.Set(reflect.ValueOf(time.Unix(int64(n), int64(n)).UTC()))
			default: // a text; anything else fails here
				f.SetString(fmt.Sprint("text ", n))
			}
		}
	}
	want := Record{Attempts: make([]Attempt, 2)}
	fill(&want.Operation)
	fill(&want.Attempts[0])
	fill(&want.Attempts[1])
	none := Record{Operation: Operation{Stage: "zero times"}}
	file, _ := journalOf(t, []Record{want, none})
	if got := allOf(file); !reflect.DeepEqual(got, []Record{want, none}) {
		t.Errorf("read from the journal:\n%+v\nwritten:\n%+v", got, []Record{want, none})
	}
	slices.SortFunc(want.Attempts, func(a, b Attempt) int { return cmp.Compare(a.Index, b.Index) })
	_, r := newRun(t)
	w := begin(t, r, "s", 1)
	if err := errors.Join(w.Append([]Record{want}), w.Finish(Complete, "")); err != nil {
		t.Fatal(err)
	}
	checkRows(t, onlyStage(t, r), []Record{want})
}

func TestFullDiskKeepsWhatWasRecorded(t *testing.T) {
	_, r := newRun(t)
	w := begin(t, r, "s", 100)
	if err := w.Append(records("s", 0, 10)); err != nil {
		t.Fatal(err)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	w.journal.to = full
	err = w.Append(records("s", 10, 20))
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free some space") {
		t.Errorf("Append on a full disk = %v, want ENOSPC and what to do", err)
	}
	if err := w.Finish(Aborted, "the disk is full"); err != nil {
		t.Fatal(err)
	}
	s := onlyStage(t, r)
	checkRows(t, s, records("s", 0, 10))
	if s.State != Aborted {
		t.Errorf("state %q, want %q", s.State, Aborted)
	}
}

func TestStoreRefusals(t *testing.T) {
	store, r := newRun(t)
	for _, id := range []string{"", ".", "..", "../runs", "20990101-000000", "a/b", ".hidden"} {
		if _, err := store.Open(id); !errors.Is(err, ErrNoRun) {
			t.Errorf("Open(%q) = %v, want ErrNoRun", id, err)
		}
	}
	second, err := store.Create("x", "")
	if err != nil || second.ID == r.ID {
		t.Errorf("two runs within a second got ids %q and %q (%v)", r.ID, second.ID, err)
	}
	os.MkdirAll(filepath.Join(store.Dir, "notes"), 0o755)
	os.WriteFile(filepath.Join(store.Dir, "notes", "run.json"), []byte("{"), 0o644)
	if list, err := store.List(); err != nil || len(list) != 2 || list[0].ID != r.ID {
		t.Errorf("List() = %v, %v; want the two runs, oldest first", list, err)
	}
	if list, err := (Store{Dir: filepath.Join(store.Dir, "none")}).List(); err != nil || len(list) != 0 {
		t.Errorf("List() of a store that does not exist = %v, %v; want none", list, err)
	}
}

func TestSummarize(t *testing.T) {
	s := Stage{Info: Info{Stage: "light", State: Complete, Requests: 20, Started: time.Unix(100, 0)}}
	for i := range 20 {
		op := Operation{LatencyMS: float64(i + 1), Attempts: 1, Success: true, Outcome: purchase.OK, EndTS: time.Unix(102, 0)}
		if i >= 15 {
			op.Success, op.Outcome, op.Attempts = false, purchase.Unknown, 3
		}
		s.Operations = append(s.Operations, op)
	}
	got := Summarize(s)
	want := Summary{Stage: "light", State: Complete, Planned: 20, Requests: 20, Success: 15, Failure: 5, Unknown: 5, Attempts: 30, Retries: 10,
		Seconds: 2, RequestsPerSecond: 10, P50: 10, P90: 18, P95: 19, P99: 20, Maximum: 20, Amplification: 1.5,
		Weak: []string{"p90", "p95", "p99"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Summarize = %+v, want %+v", got, want)
	}
	if got, want := got.Warning(), "20 requests are too few for p90, p95, p99: p90 needs 100, p95 200, p99 1000"; got != want {
		t.Errorf("Warning() = %q, want %q", got, want)
	}
	if none := Summarize(Stage{}); none.Requests != 0 || none.P50 == none.P50 || none.Warning() != "" {
		t.Errorf("Summarize of nothing = %+v, want no requests, NaN percentiles and no warning", none)
	}
}

func TestReasons(t *testing.T) {
	var s Stage
	for i, reason := range []string{"", "timeout", "eof", "", "eof"} {
		s.Operations = append(s.Operations, Operation{Success: reason == "", Reason: reason, Message: fmt.Sprint("message ", i)})
	}
	want := []Reason{{"eof", 2, "message 2"}, {"timeout", 1, "message 1"}}
	if got := Reasons(s); !reflect.DeepEqual(got, want) {
		t.Errorf("Reasons = %v, want %v", got, want)
	}
}

func BenchmarkAppend(b *testing.B) {
	r, err := Store{Dir: b.TempDir()}.Create("bench", "")
	if err != nil {
		b.Fatal(err)
	}
	w, err := r.Begin(Info{Stage: "s", Kind: Load})
	if err != nil {
		b.Fatal(err)
	}
	batch := records("s", 0, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Append(batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/record")
	if err := w.Finish(Complete, ""); err != nil {
		b.Fatal(err)
	}
}

package runs

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func window(from, to time.Duration, share float64, met, taken int, detail string) FaultWindow {
	return FaultWindow{Fault: "drop_reply", From: from, To: to, Probability: share, Met: met, Taken: taken, Detail: detail}
}

func TestFaultWarnings(t *testing.T) {
	const s = time.Second
	for _, tt := range []struct {
		window  FaultWindow
		loadEnd time.Duration
		want    string
	}{
		{window(2*s, 4*s, 1, 12, 3, ""), 5 * s, ""},
		{window(2*s, 4*s, 1, 0, 0, ""), 1987 * time.Millisecond,
			"The planned fault drop_reply (2s to 4s) met no request: the load had ended after 1.9s. It tested nothing; make the stage longer or begin the fault sooner."},
		{window(s, 2*s, 1, 0, 0, ""), 12345 * time.Microsecond,
			"The planned fault drop_reply (1s to 2s) met no request: the load had ended after 12ms. It tested nothing; make the stage longer or begin the fault sooner."},
		{window(2*s, 4*s, 1, 0, 0, ""), 5 * s,
			"The planned fault drop_reply (2s to 4s) met no request: none arrived while it was open. It tested nothing; choose a time at which requests arrive."},
		{window(2*s, 4*s, 1, 0, 0, "an earlier one was open"), 5 * s,
			"The planned fault drop_reply (2s to 4s) met no request: an earlier one was open. It tested nothing; make the stage longer, or give the fault a time at which no other is active."},
		{window(2*s, 4*s, .01, 12, 0, ""), 5 * s,
			"The planned fault drop_reply (2s to 4s) affected no request: with its probability of 0.01, none of the 12 requests that arrived while it was open was drawn. It tested nothing; give it a higher probability, or send more requests."},
		{window(2*s, 4*s, 0, 12, 0, ""), 5 * s,
			"The planned fault drop_reply (2s to 4s) affected no request: with its probability of 0, none of the 12 requests that arrived while it was open was drawn. It tested nothing; give it a probability above 0."},
		{window(2*s, 4*s, 1, 12, 0, "it was too late"), 5 * s,
			"The planned fault drop_reply (2s to 4s) affected none of the 12 requests that arrived while it was open: it was too late. It tested nothing; make the stage longer, or give the fault a time at which no other is active."},
		{window(2*s, 4*s, 1, 0, 0, ""), 0,
			"The planned fault drop_reply (2s to 4s) met no request: none arrived while it was open. It tested nothing; choose a time at which requests arrive."},
	} {
		if got := strings.Join(FaultWarnings([]FaultWindow{tt.window}, tt.loadEnd), "|"); got != tt.want {
			t.Errorf("warnings of %+v, the load having ended after %v:\n%q\nwant\n%q", tt.window, tt.loadEnd, got, tt.want)
		}
	}
}

func TestFaultWarningsAreBounded(t *testing.T) {
	windows := []FaultWindow{window(0, time.Second, 1, 3, 3, "")}
	for i := range 40 {
		windows = append(windows, window(time.Duration(i+9)*time.Second, time.Duration(i+10)*time.Second, 1, 0, 0, ""))
	}
	got := FaultWarnings(windows, 5*time.Second)
	if len(got) != 6 || got[5] != "35 more windows of the plan of faults affected no request." {
		t.Errorf("%d warnings of 40 windows, the last %q; want 5 and one for 35 more", len(got), got[len(got)-1])
	}
}

func TestFaultNotesAreInTheSummary(t *testing.T) {
	hang := FaultWindow{Fault: "hang", Probability: .1, Met: 7}
	for _, tt := range []struct {
		windows []FaultWindow
		want    []string
	}{
		{nil, nil},
		{[]FaultWindow{window(0, 1, 1, 2, 2, "")}, nil},
		{[]FaultWindow{window(0, 1, 1, 0, 0, ""), hang}, []string{"drop_reply met no request", "hang affected none of 7 requests"}},
		{[]FaultWindow{window(0, 1, 1, 0, 0, ""), hang, window(1, 2, 1, 2, 2, "")}, []string{"1 of 2 drop_reply windows affected no request", "hang affected none of 7 requests"}},
	} {
		sum := Summarize(Stage{Info: Info{State: Complete, FaultWindows: tt.windows}})
		if !slices.Equal(sum.Untested, tt.want) || !slices.Equal(sum.Notes(), tt.want) {
			t.Errorf("%+v: untested %q, notes %q; want %q", tt.windows, sum.Untested, sum.Notes(), tt.want)
		}
	}
}

// TestFaultWindowsSurviveTheDisk also reads a stage.json from before windows were
// counted: what its faults did is then not known, and no reason for a warning.
func TestFaultWindowsSurviveTheDisk(t *testing.T) {
	_, r := newRun(t)
	w := begin(t, r, "s", 0)
	want := []FaultWindow{window(2*time.Second, 4*time.Second, .5, 12, 3, ""), window(time.Minute, time.Hour, 1, 0, 0, "why")}
	w.UpdateInfo(func(i *Info) {
		i.Faults, i.FaultWindows = json.RawMessage(`{"seed":7,"windows":[{},{}]}`), want
	})
	if err := w.Finish(Complete, ""); err != nil {
		t.Fatal(err)
	}
	s := onlyStage(t, r)
	if !reflect.DeepEqual(s.FaultWindows, want) || !s.FaultsKnown() {
		t.Errorf("windows %+v read, want %+v", s.FaultWindows, want)
	}
	path := filepath.Join(w.Dir(), infoFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil || fields["fault_windows"] == nil {
		t.Fatalf("stage.json %s has no fault_windows (%v)", text, err)
	}
	delete(fields, "fault_windows")
	if err := writeJSON(path, fields); err != nil {
		t.Fatal(err)
	}
	old := onlyStage(t, r)
	if old.FaultsKnown() || old.FaultWindows != nil || len(Summarize(old).Notes()) > 0 {
		t.Errorf("an old stage.json: windows %+v, known %v, notes %q; want that nothing is known", old.FaultWindows, old.FaultsKnown(), Summarize(old).Notes())
	}
	if !(Info{}).FaultsKnown() {
		t.Error("a stage without faults is said not to be known")
	}
}

func TestFaultCounts(t *testing.T) {
	kill := FaultWindow{Fault: "kill", Met: 4, Taken: 4}
	for _, tt := range []struct {
		windows []FaultWindow
		want    string
	}{
		{nil, ""},
		{[]FaultWindow{window(0, 1, 1, 7, 0, "")}, ""},
		{[]FaultWindow{window(0, 1, .5, 12, 3, ""), kill, window(2, 3, .5, 8, 5, "")}, "drop_reply 8 of 20 attempts, kill 4 of 4 attempts"},
	} {
		if got := FaultCounts(tt.windows); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.windows, got, tt.want)
		}
	}
}

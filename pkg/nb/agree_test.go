package nb

import (
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/figure"
	"sagalab/pkg/frame"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// numbersOf is the numbers behind names in a text.
func numbersOf(t *testing.T, text string, names ...string) (list []float64) {
	t.Helper()
	for _, name := range names {
		m := regexp.MustCompile(name + ` +([\d.]+)`).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("no %s in %q", name, text)
		}
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

// The same stage has the same percentiles in the line that the live view leaves
// standing, in the stage's line and in the table, to the printed digit.
func TestLinesAndTablesAgree(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	waits := make(chan time.Duration, 400)
	for range cap(waits) {
		waits <- time.Duration(random.ExpFloat64() * 15e6)
	}
	l, text, _ := cells(t, func(w http.ResponseWriter, r *http.Request) { time.Sleep(<-waits); confirm(w, r) })
	for _, step := range []func() error{l.setup, l.checkConnectivity} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	text.Reset()
	if err := l.load(load.Stage{Name: "light", Requests: cap(waits), VUs: 20}, order, nil); err != nil {
		t.Fatal(err)
	}
	end, _, _ := strings.Cut(text.String(), "\n")
	found, err := must(l.current()).Overviews("light")
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	line := found[0].Summary.String()
	df, err := frame.Summary(l.Stages())
	if err != nil {
		t.Fatal(err)
	}
	table := newTable(df)
	for i, name := range []string{"p50", "p99"} {
		at := numbersOf(t, end, "p50", "p99")[i]
		if other := numbersOf(t, line, "p50", "p99")[i]; other != at {
			t.Errorf("%s is %v in %q and %v in %q", name, at, end, other, line)
		}
		if cell := table.rows[0][column(table, name+"_ms")]; cell != strconv.FormatFloat(at, 'f', -1, 64) {
			t.Errorf("%s is %v in %q and %s in the table", name, at, end, cell)
		}
		if exact := []float64{runs.Summarize(l.Stages()[0]).P50, runs.Summarize(l.Stages()[0]).P99}[i]; load.RoundForDisplay(exact) != at {
			t.Errorf("%s is %v in %q and %v in the rows", name, at, end, exact)
		}
	}
	perSecond := regexp.MustCompile(`([\d.]+)/s`)
	if a, b := perSecond.FindString(end), perSecond.FindString(line); a != b || a == "" {
		t.Errorf("%q has %s, %q has %s", end, a, line, b)
	}
}

func column(t table, name string) int {
	for i, n := range t.names {
		if n == name {
			return i
		}
	}
	return -1
}

// A stage that fails says why under its line, and what not to rely on below that.
func TestAStageSaysWhyItFailed(t *testing.T) {
	var n atomic.Int64
	l, text, _ := cells(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1)%3 == 0 {
			w.WriteHeader(http.StatusConflict)
			w.Write([]byte(`{"error":"out_of_stock","detail":"none left"}`))
			return
		}
		confirm(w, r)
	})
	for _, step := range []func() error{l.setup, l.checkConnectivity} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	text.Reset()
	if err := l.load(load.Stage{Name: "light", Requests: 9, VUs: 1}, order, nil); err != nil {
		t.Fatal(err)
	}
	const want = "Stage light completed: success=6 failure=3\n  3 × http_409, such as: "
	if _, below, ok := strings.Cut(text.String(), want); !ok || !strings.Contains(below, "\nNote: 9 requests are too few for p90, p95, p99") {
		t.Errorf("the cell says\n%s\nwant %q, and that samples are few", text, want)
	}
}

// A figure that would show nothing is one line of text.
func TestNothingToPlotIsALine(t *testing.T) {
	_, text, _ := cells(t, confirm)
	s := attempted("light", 1, 1)
	for i := range s.Operations {
		s.Operations[i].Success = true
	}
	Plot(figure.FailuresByReason([]runs.Stage{s}))
	if got, want := text.String(), "Failures by reason: no failures in 2 requests\n"; got != want {
		t.Errorf("the cell says %q, want %q", got, want)
	}
}

package figure

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/plot/cmpimg"

	"sagalab/pkg/runs"
)

// bought is the attempts of one purchase under a key each: lost, lost, confirmed.
func bought() (list []runs.Attempt) {
	for i, a := range []runs.Attempt{
		{StartTS: began.Add(1700 * time.Microsecond), LatencyMS: 47.7, Class: "eof", Reason: "eof", Sent: true},
		{StartTS: began.Add(100 * time.Millisecond), LatencyMS: 10.3, Class: "eof", Reason: "eof", Sent: true, WaitMS: 50.6},
		{StartTS: began.Add(160 * time.Millisecond), LatencyMS: 3, Class: "refused", Reason: "refused", WaitMS: 50},
		{StartTS: began.Add(246 * time.Millisecond), LatencyMS: 11.3, Status: 201, Sent: true, WaitMS: 50},
	} {
		a.Index, a.Number, a.Key = 15, int64(i+1), fmt.Sprintf("01a21864-8375-7460-bc56-8e74e48c9b%02x", 91*i)
		list = append(list, a)
	}
	return list
}

// crowdOfAttempts is the hardest case for the layout: 25 attempts of two operations,
// far from the stage's start, with damaged times and long words among them.
func crowdOfAttempts() (list []runs.Attempt) {
	for i := range 25 {
		a := runs.Attempt{Index: int64(1000 + i%2), Number: int64(i/2 + 1), Key: "one-key", Status: 409, Reason: "key_reused_with_other_payload", Sent: true,
			StartTS: began.Add(90*time.Second + time.Duration(i)*37*time.Millisecond), LatencyMS: 30}
		if i%3 == 0 {
			a.Status, a.Reason, a.Replayed = 200, "", true
		}
		if i == 4 {
			a.LatencyMS = math.NaN()
		}
		list = append(list, a)
	}
	return list
}

func TestCounterexampleGoldenImages(t *testing.T) {
	for name, attempts := range map[string][]runs.Attempt{"counterexample_bought": bought(), "counterexample_crowded": crowdOfAttempts()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Counterexample("Attempts of the first counterexample to C3", began, attempts)
			if err != nil {
				t.Fatal(err)
			}
			got, err := PNG(p, Width, CounterexampleHeight(len(attempts)), 72)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".png")
			if *update {
				write(t, path, got)
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if same, err := cmpimg.EqualApprox("png", got, want, .1); err != nil || !same {
				kept := filepath.Join(t.ArtifactDir(), name+".png")
				write(t, kept, got)
				t.Errorf("the figure differs from %s (error %v): with -artifacts it is kept as %s", path, err, kept)
			}
		})
	}
}

func TestCounterexampleRows(t *testing.T) {
	type row struct {
		name, label string
		color       any
	}
	var got []row
	for _, r := range attemptRows(began, bought()) {
		got = append(got, row{r.name, r.bars[0].labels[0], r.color})
	}
	want := []row{
		{"1  …e48c9b00", "eof, 47.7 ms", palette[5]},
		{"2  …e48c9b5b", "eof, 10.3 ms", palette[5]},
		{"3  …e48c9bb6", "refused, 3.0 ms", palette[0]},
		{"4  …48c9b111", "201, 11.3 ms", palette[1]},
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
	if got := attemptRows(began, crowdOfAttempts())[1].name; got != "1001/1  one-key" {
		t.Errorf("a row of several operations is %q, want the operation in it", got)
	}
}

// TestCounterexampleAxis: attempts late in a stage are not pressed against the edge.
func TestCounterexampleAxis(t *testing.T) {
	for _, tt := range []struct {
		name     string
		attempts []runs.Attempt
		from, to float64
	}{
		{"early", bought(), 0, 257.3},
		{"late", crowdOfAttempts(), 89963.35, 90733},
		{"before the stage", []runs.Attempt{{StartTS: began.Add(-time.Hour), LatencyMS: 5, Status: 201}}, 0, 5},
		{"at one moment", []runs.Attempt{{StartTS: began, Status: 201}}, 0, 1},
	} {
		p, err := Counterexample("", began, tt.attempts)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(p.X.Min-tt.from) > .01 || math.Abs(p.X.Max-tt.to) > .01 {
			t.Errorf("%s: the axis is from %v to %v ms, want %v to %v", tt.name, p.X.Min, p.X.Max, tt.from, tt.to)
		}
		checkPainted(t, tt.name, p)
	}
	if _, err := Counterexample("x", began, nil); !errors.As(err, new(Nothing)) {
		t.Errorf("no attempts: %v, want Nothing", err)
	}
	p, err := Counterexample("x", began, []runs.Attempt{{StartTS: began, LatencyMS: math.Inf(1)}})
	if err != nil {
		t.Fatal(err)
	}
	checkPainted(t, "an attempt that took for ever", p)
}

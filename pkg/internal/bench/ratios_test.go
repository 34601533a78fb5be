package bench

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCompareRatios(t *testing.T) {
	for _, tt := range []struct {
		name          string
		figure        string
		before, after []float64
		want          string
	}{
		{"the same", RateFigure, []float64{1, 1.02, .98}, []float64{1, 1.02, .98}, NotSlower},
		{"a fifth fewer requests", RateFigure, []float64{1, 1.01, .99}, []float64{.8, .81, .79}, Slower},
		{"a fifth more requests", RateFigure, []float64{1, 1.01, .99}, []float64{1.2, 1.21, 1.19}, NotSlower},
		{"a fifth more CPU", CPUFigure, []float64{1, 1.01, .99}, []float64{1.2, 1.21, 1.19}, Slower},
		{"a fifth less CPU", CPUFigure, []float64{1, 1.01, .99}, []float64{.8, .81, .79}, NotSlower},
		{"within the margin", CPUFigure, []float64{1, 1.01, .99}, []float64{1.05, 1.04, 1.06}, NotSlower},
		{"a fifth fewer requests, in noise", RateFigure, []float64{1, 1.3, .7}, []float64{.8, 1.1, .5}, Unclear},
		{"without noise", RateFigure, []float64{1, 1, 1}, []float64{.5, .5, .5}, Slower},
	} {
		got := compareRatio(Ratio{Figure: tt.figure, Rounds: tt.before}, Ratio{Figure: tt.figure, Rounds: tt.after}, .1)
		if got.Verdict != tt.want || !(got.Low <= got.Worse && got.Worse <= got.High) {
			t.Errorf("%s: %+v, want %s and an interval around the change", tt.name, got, tt.want)
		}
	}
	// Welch's interval of ln ratios with means 0 and ln 0.8, variances v and v, 3 rounds each: 4 degrees of freedom, t = 2.776.
	e := math.Exp(.1)
	got := compareRatio(Ratio{Figure: CPUFigure, Rounds: []float64{1 / e, 1, e}}, Ratio{Figure: CPUFigure, Rounds: []float64{.8 / e, .8, .8 * e}}, .1)
	if want := .8*math.Exp(2.776*math.Sqrt(2*.01/3)) - 1; math.Abs(got.High-want) > 1e-3 {
		t.Errorf("the interval ends at %v, want %v", got.High, want)
	}
}

func TestRatiosFile(t *testing.T) {
	r := Ratios{Version: ratiosVersion, Closed: []Ratio{{RateFigure, 50, 1000, []float64{1, 1.1, .9}}}}
	path := filepath.Join(t.TempDir(), "ratios.json")
	if err := r.Write(path); err != nil {
		t.Fatal(err)
	}
	got, err := ReadRatios(path)
	if err != nil || len(got.Closed) != 1 || got.Closed[0].String() != r.Closed[0].String() {
		t.Errorf("ReadRatios = %+v, %v; want %+v", got, err, r)
	}
	if _, err := r.Compare(Ratios{Closed: []Ratio{{RateFigure, 50, 100, []float64{1, 1, 1}}}}, .1); err == nil || !strings.Contains(err.Error(), "50 VUs, 1000 requests was not measured") {
		t.Errorf("another size: %v, want it refused", err)
	}
	for _, wrong := range []string{
		"", "{}", `{"version":2,"closed":[{"figure":"req/s","rounds":[1,1,1]}]}`, `{"version":1,"closed":[{"figure":"req/s","rounds":[1,1]}]}`,
		`{"version":1,"closed":[{"figure":"req/s","rounds":[1,1,0]}]}`, `{"version":1,"closed":[{"figure":"ns","rounds":[1,1,1]}]}`,
	} {
		if got, err := parseRatios([]byte(wrong)); err == nil {
			t.Errorf("parseRatios(%s) = %+v, want an error", wrong, got)
		}
	}
}

// TestCommittedRatios reads the file that the README of this package names.
func TestCommittedRatios(t *testing.T) {
	r, err := ReadRatios("ratios.json")
	if err != nil {
		t.Fatal(err)
	}
	if want := 2 * len(fullSizes().closedVUs); len(r.Closed) != want {
		t.Errorf("%d ratios, want %d", len(r.Closed), want)
	}
	for _, c := range r.Closed {
		if c.Requests != int64(fullSizes().closed) {
			t.Errorf("%s: want %d requests, as a full run has", c, fullSizes().closed)
		}
	}
}

// TestAgainst stores the ratios of a run, and compares a second one with them, and with ratios that no run reaches.
func TestAgainst(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ratios.json")
	o := func() Options {
		return Options{
			Root: t.TempDir(), Program: sagalab(t), Rounds: minRounds, Only: []string{"closed"}, Tools: []string{}, Quick: true, Dir: dir,
			Out: &bytes.Buffer{}, Log: &bytes.Buffer{},
		}
	}
	save := o()
	save.Save = path
	if _, err := Run(t.Context(), save); err != nil {
		t.Fatal(err)
	}
	stored, err := ReadRatios(path)
	if err != nil || len(stored.Closed) != 2 {
		t.Fatalf("stored: %+v, %v; want two ratios", stored, err)
	}
	again := o()
	again.Against, again.Margin = path, 1e6 // no noise reaches that far
	if r, err := Run(t.Context(), again); err != nil || len(r.Changes) != 2 || r.Changes[0].Verdict != NotSlower {
		t.Errorf("Run = %+v, %v; want two changes, not slower", r.Changes, err)
	}
	for i := range stored.Closed[0].Rounds {
		stored.Closed[0].Rounds[i] *= 1e9
	}
	if err := stored.Write(path); err != nil {
		t.Fatal(err)
	}
	again.Margin = .1
	if r, err := Run(t.Context(), again); !errors.Is(err, ErrSlower) || r.Changes[0].Verdict != Slower {
		t.Errorf("against ratios 1e9 times as good: %+v, %v; want %v", r.Changes, err, ErrSlower)
	}
	again.Against = filepath.Join(dir, "none.json")
	if _, err := Run(t.Context(), again); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without the file: %v, want it reported before anything is measured", err)
	}
}

func FuzzParseRatios(f *testing.F) {
	f.Add([]byte(`{"version":1,"closed":[{"figure":"req/s","vus":50,"requests":1000,"rounds":[1,1.1,0.9]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := parseRatios(text)
		if err != nil {
			return
		}
		if changes, err := r.Compare(r, .1); err != nil || len(changes) != len(r.Closed) {
			t.Errorf("%s compared with itself: %+v, %v", text, changes, err)
		}
	})
}

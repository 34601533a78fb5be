package figure

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"

	"sagalab/pkg/compare"
	"sagalab/pkg/figure/japanese"
	"sagalab/pkg/internal/language"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// inJapanese chooses Japanese until the test ends. Such a test must not run in parallel
// with others.
func inJapanese(t *testing.T) {
	japanese.Labels()
	t.Cleanup(func() { language.Use(nil) })
}

// drawnTexts are the texts that a figure shows.
func drawnTexts(p *plot.Plot) (texts []string) {
	var c recorder.Canvas
	p.Draw(draw.NewCanvas(&c, Width*vg.Inch, Height*vg.Inch))
	for _, a := range c.Actions {
		if s, ok := a.(*recorder.FillString); ok {
			texts = append(texts, s.String)
		}
	}
	return texts
}

// samples is every figure of data that make it show each of its texts, by name. The error
// is that of the figure.
func samples() map[string]func() (*plot.Plot, error) {
	all := map[string]func() (*plot.Plot, error){}
	sets := map[string][]runs.Stage{
		"calm": calm(), "faulty": faulty(), "unlike": unlikeStages(), "storms": storms(), "mixed": mixed(), "one": mixed()[1:],
		"doubtful": doubtful(), "none": {}, "empty": {stage(shape{name: "light"})}, "forty": hostile()["forty stages"],
	}
	for set, stages := range sets {
		for name, draw := range figures {
			all[name+" of "+set] = func() (*plot.Plot, error) { return draw(stages) }
		}
	}
	for n := range 3 {
		all[fmt.Sprint("knee of ", n)] = func() (*plot.Plot, error) { return Knee(ramps()[:n]) }
	}
	attempts := mixed()[1].Attempts
	all["counterexample"] = func() (*plot.Plot, error) {
		return Counterexample("Attempts of the first counterexample to C3", began, attempts)
	}
	all["no counterexample"] = func() (*plot.Plot, error) {
		return Counterexample("Attempts of the first counterexample to C3", began, nil)
	}
	all["nothing compared"] = func() (*plot.Plot, error) { return Effects(compare.Comparison{}) }
	c := compare.Stages(faulty()[0], faulty()[2], compare.Options{})
	c.A.Run, c.B.Run = "20260102-150405", "20260103-090000"
	for i, v := range []compare.Verdict{compare.Worse, compare.Better, compare.NoDifference, compare.TooFew} {
		c.Changes[i].Verdict = v
	}
	all["all verdicts"] = func() (*plot.Plot, error) { return Effects(c) }
	addFrameSamples(all)
	for name, stages := range map[string][]runs.Stage{"one": {market(20, 100, "light")[0]}, "two": market(20, 100, "light", "heavy")} {
		all["by product, "+name] = func() (*plot.Plot, error) { return ByProduct(stages) }
		all["by user, "+name] = func() (*plot.Plot, error) { return ByUser(stages, 5) }
	}
	addSearchSamples(all)
	all["by product, none"] = func() (*plot.Plot, error) { return ByProduct(nil) }
	return all
}

// addFrameSamples adds the figures of frames, of a name that begins with "frame".
func addFrameSamples(all map[string]func() (*plot.Plot, error)) {
	for name, draw := range frameFigures {
		all["frame "+name] = draw
	}
	empty := purchases(3).Subset([]int{})
	powers := dataframe.New(series.New([]float64{1, 10, 1000}, series.Float, "size_bytes"), series.New([]float64{7, 7000, math.NaN()}, series.Float, "latency_ms"))
	type drawing = func(df dataframe.DataFrame, x, y, by string) (*plot.Plot, error)
	scaled := func(draw func(df dataframe.DataFrame, x, y, by string, scales ...Scale) (*plot.Plot, error)) drawing {
		return func(df dataframe.DataFrame, x, y, by string) (*plot.Plot, error) { return draw(df, x, y, by) }
	}
	for kind, draw := range map[string]drawing{"scatter": scaled(Scatter), "lines": scaled(Lines), "bars": Bars} {
		all["frame of no rows, "+kind] = func() (*plot.Plot, error) { return draw(empty, "start_s", "latency_ms", "") }
		all["frame without a number, "+kind] = func() (*plot.Plot, error) { return draw(powers.Subset([]int{2}), "size_bytes", "latency_ms", "") }
		all["frame of powers, "+kind] = func() (*plot.Plot, error) { return draw(powers, "size_bytes", "latency_ms", "") }
	}
}

// ramps are stages whose rate rises beyond what the service can do.
func ramps() []runs.Stage {
	return []runs.Stage{
		queue(load.Stage{Name: "light", Rate: load.Ramp(50, 800, 30*time.Second)}, 320),
		queue(load.Stage{Name: "heavy", Rate: load.Ramp(50, 800, 30*time.Second)}, 640),
	}
}

// doubtful is a stage with every note, and others with one each.
func doubtful() []runs.Stage {
	one := stage(shape{name: "light", requests: 50, centre: 12})
	fail(&one.Operations[3], "")
	one.Report = &load.Report{Dropped: 7, Lag: load.Lag{P99: time.Second}, Elapsed: time.Second}
	one.Unfinished = 3
	one.FaultWindows = []runs.FaultWindow{{Fault: "drop_reply"}}
	two := stage(shape{name: "medium", requests: 50, centre: 12})
	two.Report = &load.Report{Elapsed: time.Second, Machine: load.Machine{Cores: 1, CPU: time.Second, ClockStep: time.Hour}}
	return []runs.Stage{one, two}
}

// ofData is what figures show of data: it stays as it is.
var ofData = regexp.MustCompile(`stage-\d+-with-a-name|\bst\b|…[0-9a-f]{6}$|service answers 503|error_ratio|unknown_ratio|pp\b|` +
	`\b(light|medium|heavy|(no-)?budget|ok|ms|p50|p90|p95|p99|mean|goodput|throughput|amplification|HTTP|http_\d+|timeout|eof|reset|refused|out_of_stock|insufficient_balance|key_reused_with_other_paylo(ad)?|in_progress|drop_reply|start_ts)\b`)

// ofFrames is what figures of frames show of data besides: columns and values.
var ofFrames = regexp.MustCompile(`\b(start|latency|(p99_)?latency_ms|wait|attempts|outcome|stage|rows|reason|offered|error|offered_per_s|error_percent|policy|size|size_bytes|failed|unknown)\b|a group with a long.*…`)

var english = regexp.MustCompile(`[A-Za-z]{2,}`)

// TestEveryTextIsJapanese draws every figure in Japanese, also those that have nothing to
// draw, and looks for English.
func TestEveryTextIsJapanese(t *testing.T) {
	inJapanese(t)
	all := samples()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p, err := all[name]()
		var texts []string
		switch {
		case errors.As(err, new(Nothing)):
			texts = []string{err.Error()}
		case err != nil && !strings.HasPrefix(name, "knee"):
			t.Errorf("%s: %v", name, err)
			continue
		case err == nil:
			texts = drawnTexts(p)
		}
		for _, text := range texts {
			rest := ofData.ReplaceAllString(text, "")
			if strings.HasPrefix(name, "frame ") {
				rest = ofFrames.ReplaceAllString(rest, "")
			}
			if strings.HasPrefix(name, "search ") {
				rest = ofSearches.ReplaceAllString(rest, "")
			}
			if word := english.FindString(rest); word != "" {
				t.Errorf("%s shows %q, in which %q is not Japanese", name, text, word)
			}
			for _, r := range text {
				if !hasGlyph(r) && r != '\n' {
					t.Errorf("%s shows %q, and the font has no %q", name, text, r)
				}
			}
		}
	}
}

func TestJapaneseGoldenImages(t *testing.T) {
	inJapanese(t)
	t.Run("images", func(t *testing.T) { // returns when all have been compared
		check(t, "japanese_failures", FailuresByReason, unlikeStages())
		check(t, "japanese_goodput", goodput, storms())
	})
}

func TestJapaneseStaysWithinTheEdges(t *testing.T) {
	inJapanese(t)
	all := samples()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if p, err := all[name](); err == nil {
			checkMargins(t, filepath.Base(name)+" in Japanese", p)
		}
	}
}

func TestWrapWordsBreaksJapanese(t *testing.T) {
	inJapanese(t)
	style := textStyle(10)
	const text = "注意: heavy はクライアントがボトルネック; light は予定どおりに開始できていない、サーバー"
	lines := wrapWords(text, 120, style)
	for _, line := range lines {
		if style.Width(line) > 120 || strings.ContainsRune("、ー;", []rune(line)[0]) || strings.HasPrefix(line, " ") {
			t.Errorf("the line %q is %.0f wide, want 120 at most and no punctuation at its beginning", line, float64(style.Width(line)))
		}
	}
	if whole := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); whole != strings.ReplaceAll(text, " ", "") {
		t.Errorf("the lines are together %q", whole)
	}
}

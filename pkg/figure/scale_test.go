package figure

import (
	"image/color"
	"strings"
	"testing"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
)

// wide is a frame of times and durations that both span four decades.
func wide() dataframe.DataFrame {
	values := []float64{.01, 3, 100}
	return dataframe.New(series.New(values, series.Float, "start_s"), series.New(values, series.Float, "start_ts"), series.New(values, series.Float, "latency_ms"),
		series.New([]float64{0, 1, 2}, series.Float, "wait_ms"), series.New([]int{1, 10, 20}, series.Int, "attempts"), series.New([]float64{.1, 1, 400}, series.Float, "offered_per_s"),
		series.New([]string{"a", "b", "c"}, series.String, "stage"))
}

func TestTimesAreLinearAndDurationsAsTheirRangeAsks(t *testing.T) {
	for _, c := range []struct {
		x, y         string
		scales       []Scale
		xLabel, want string
	}{
		{"start_s", "latency_ms", nil, "start (s)", "latency (ms, logarithmic)"},
		{"start_ts", "latency_ms", nil, "start (s, since the first)", "latency (ms, logarithmic)"},
		{"offered_per_s", "start_s", nil, "offered (per s, logarithmic)", "start (s)"},
		{"start_s", "latency_ms", []Scale{Linear("latency_ms")}, "start (s)", "latency (ms)"},
		{"start_s", "start_s", []Scale{Logarithmic("start_s")}, "start (s, logarithmic)", "start (s, logarithmic)"},
		{"attempts", "latency_ms", []Scale{Logarithmic("attempts"), Linear("latency_ms")}, "attempts (logarithmic)", "latency (ms)"},
	} {
		for name, draw := range map[string]func() (string, string, error){
			"scatter": func() (string, string, error) {
				p, err := Scatter(wide(), c.x, c.y, "", c.scales...)
				if err != nil {
					return "", "", err
				}
				return p.X.Label.Text, p.Y.Label.Text, nil
			},
			"lines": func() (string, string, error) {
				p, err := Lines(wide(), c.x, c.y, "", c.scales...)
				if err != nil {
					return "", "", err
				}
				return p.X.Label.Text, p.Y.Label.Text, nil
			},
		} {
			x, y, err := draw()
			if err != nil || x != c.xLabel || y != c.want {
				t.Errorf("%s of %s and %s, %v: axes %q and %q, %v; want %q and %q", name, c.x, c.y, c.scales, x, y, err, c.xLabel, c.want)
			}
		}
	}
}

func TestScalesThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		x, y  string
		scale Scale
		want  string
	}{
		{"start_s", "latency_ms", Linear("latency"), `a scale is chosen for "latency", and the figure's columns are start_s and latency_ms`},
		{"start_s", "latency_ms", Scale{}, `a scale is chosen for ""`},
		{"start_s", "wait_ms", Logarithmic("wait_ms"), `wait_ms has values of 0 or below (1 of 3), which have no place on a logarithmic axis: leave them out with frame.Where(df, "wait_ms", frame.Above(0))`},
		{"wait_ms", "start_s", Logarithmic("wait_ms"), "wait_ms has values of 0 or below"},
		{"start_ts", "latency_ms", Logarithmic("start_ts"), "start_ts is a point in time, whose axis is linear"},
		{"stage", "latency_ms", Logarithmic("stage"), `column "stage" holds text`},
	} {
		if _, err := Scatter(wide(), c.x, c.y, "", c.scale); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s against %s: %v, want an error with %q", c.y, c.x, err, c.want)
		}
	}
}

func TestColorsBelongToValues(t *testing.T) {
	green, orange, vermilion := palette[1], palette[0], palette[5]
	of := func(values ...string) map[string]color.NRGBA {
		colors := map[string]color.NRGBA{}
		for i, c := range valueColors(values) {
			for other, taken := range colors {
				if taken == c {
					t.Errorf("of %q, %s and %s have one colour", values, other, values[i])
				}
			}
			colors[values[i]] = c
		}
		return colors
	}
	for _, values := range [][]string{{"ok", "failed", "unknown"}, {"unknown", "ok", "failed"}, {"failed", "", "ok", "unknown", "a", "b", "c", "d"}} {
		if c := of(values...); c["ok"] != green || c["failed"] != orange || c["unknown"] != vermilion {
			t.Errorf("of %q: %v", values, c)
		}
	}
	if a, b := of("false", "true"), of("true"); a["true"] != b["true"] || a["true"] != green {
		t.Errorf("true is %v and %v", a["true"], b["true"])
	}
	if a, b := of("10", "9", "x", "eof"), of("eof", "x", "9", "10"); a["9"] != b["9"] || a["10"] != b["10"] || a["eof"] != b["eof"] || a["9"] != palette[cdfColors[0]] {
		t.Errorf("the order of values decides: %v, %v", a, b)
	}
	if a, b := of("heavy", "b", "a"), of("a", "b", "heavy"); a["a"] != b["a"] || a["heavy"] != palette[2] {
		t.Errorf("the order of stages decides: %v, %v", a, b)
	}
}

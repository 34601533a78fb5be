package live

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sagalab/pkg/internal/threshold"
)

// ramp is the stage after so many seconds of a load that rises, stalls from the
// 20th to the 24th second and fails a little after that.
func ramp(seconds int) Snapshot {
	s := Snapshot{Stage: "heavy", Model: "open, 20/s rising to 400/s", Length: time.Minute, P50: math.NaN(), P90: math.NaN(), P99: math.NaN()}
	for i := 1; i <= seconds; i++ {
		s.Elapsed = time.Duration(i) * time.Second
		rate, p99, failed := 20+6*i, 20+float64(i*i)/9, 0
		if i >= 20 && i < 25 {
			rate, p99 = 0, math.NaN()
		}
		if i >= 25 && i < 30 {
			p99, failed = 5200-float64(i-25)*1000, 60-i*2
		}
		s.Recent = Recent{Rate: float64(rate), P50: 8, P99: p99, Failures: failed, Retries: failed / 2}
		s.Done, s.Success, s.Failure = s.Done+rate, s.Success+rate-failed, s.Failure+failed
		s.Unknown, s.Retries = s.Failure/3, s.Retries+failed/2
		s.InFlight = 5 + i/2
		if i >= 20 && i < 25 {
			s.InFlight = 150 * (i - 19)
		}
		s.Started = s.Done + s.InFlight
		if s.P50, s.P90, s.P99, s.LagP99 = 8.25, 41.5, 61.5, .31; s.Failure > 0 {
			s.P99 = 4900
		}
	}
	return s
}

// played is a view that saw the stage every tenth of a second.
func played(seconds int) *View {
	v := &View{}
	for i := range seconds {
		for tenth := range 10 {
			s := ramp(i)
			s.Elapsed += time.Duration(tenth) * 100 * time.Millisecond
			v.Update(s)
		}
	}
	v.Update(ramp(seconds))
	return v
}

func check(t testing.TB, text string, value float64, verdict threshold.Verdict) threshold.Result {
	th, err := threshold.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return threshold.Result{Stage: "heavy", Threshold: th, Value: value, Verdict: verdict}
}

func TestText(t *testing.T) {
	checked := played(45)
	checked.snapshot.Checks = []threshold.Result{check(t, "p99 < 500ms", 4900, threshold.Fail), check(t, "dropped == 0", 0, threshold.Pass)}
	asked := played(7)
	asked.snapshot.Length, asked.snapshot.Planned, asked.snapshot.Model = 0, 1000, "closed, 1000 by 200"
	asked.snapshot.Checks = []threshold.Result{check(t, "dropped == 0", 0, threshold.Pass), check(t, "requests > 9", 0, threshold.Unclear)}
	nothing := &View{}
	nothing.Update(Snapshot{Stage: "light"})
	for _, row := range []struct {
		name  string
		v     *View
		width int
		want  string
	}{
		{"nothing yet", nothing, 0, `
light                                      0 in flight          0 done     0.0 s
rate            0/s                           success        0  failure        0
p99               –                           p50            –  p99 all        –
failures        0/s                           retries        0  dropped        0`},
		{"rising", asked, 80, `
heavy  ✓ 1 of 2  closed, 1000 …       8 in flight    31%   308 of 1000     7.0 s
rate         62.0/s  ▄▅▆▆▇██                  success      308  failure        0
p99         25.4 ms  ▇▇▇▇███                  p50         8.25  p99 all     61.5
failures        0/s  ▁▁▁▁▁▁▁                  retries        0  dropped        0`},
		{"whole", checked, 120, `
heavy  ✗ p99 < 500ms  open, 20/s rising to 400/s                       27 in flight    75%     6350 done    45.0 of 60 s
rate        290.0/s  ▂▂▂▃▃▃▃▃▃▃▄▄▄▄▄▄▄▅▅▁▁▁▁▁▆▆▆▆▆▆▆▇▇▇▇▇▇▇███████  success     6320  failure       30  unknown       10
p99        245.0 ms  ▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂     █▇▆▄▃▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂  p50         8.25  p99 all   4900.0  p90         41.5
failures        0/s  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█▇▆▄▃▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  retries       15  dropped        0  lag p99    0.310`},
		{"narrow", checked, 44, `
heavy  ✗ p99 …     6350 done    45.0 of 60 s
rate        290.0/s  ▂▂▃▃▃▄▄▄▅▃▁▁▆▆▆▇▇▇▇████
p99        245.0 ms  ▂▂▂▂▂▂▂▂▂▂  █▆▃▂▂▂▂▂▂▂▂
failures        0/s  ▁▁▁▁▁▁▁▁▁▁▁▁█▅▂▁▁▁▁▁▁▁▁`},
		{"ASCII", &View{ASCII: true, snapshot: checked.snapshot, history: checked.history}, 100, `
heavy  x p99 < 500ms  open, 20/s rising to 4~      27 in flight    75%     6350 done    45.0 of 60 s
rate        290.0/s  ..:::---=:__+++****####    success     6320  failure       30  unknown       10
p99        245.0 ms  ..........  #+:........    p50         8.25  p99 all   4900.0  p90         41.5
failures        0/s  ____________#=.________    retries       15  dropped        0  lag p99    0.310`},
	} {
		got := row.v.Text(row.width)
		if got != strings.TrimPrefix(row.want, "\n") {
			t.Errorf("%s: Text(%d) =\n%s\nwant\n%s", row.name, row.width, got, row.want)
		}
	}
}

// Whatever the figures are, a text has four lines that fit, and what stands
// beside the sparklines stays where it is.
func TestTextKeepsItsPlaces(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	any := func() float64 {
		return []float64{math.NaN(), math.Inf(1), -1, 0, 1e12, r.Float64() * 1000}[r.IntN(6)]
	}
	for range 500 {
		v := &View{ASCII: r.IntN(2) == 0}
		name := []string{"", "a", "名前の長い段階", "bad\x1b[2J\n\tname\xff", strings.Repeat("long ", 50), "e\u0301"}[r.IntN(6)]
		for i := range r.IntN(300) {
			v.Update(Snapshot{
				Stage: name, Model: name, Planned: r.IntN(2) * 1e6, Done: r.IntN(1e6), InFlight: r.IntN(1e4), Started: 1,
				Success: r.IntN(1e6), Failure: r.IntN(1e6), Retries: r.IntN(1e6), Dropped: r.IntN(1e6),
				Elapsed: time.Duration(i) * time.Duration(r.IntN(3e9)), Length: time.Duration(r.IntN(2)) * time.Hour,
				P50: any(), P90: any(), P99: any(), LagP99: any(), Recent: Recent{Rate: any(), P99: any(), Failures: r.IntN(1e4)},
			})
		}
		width := minWidth + r.IntN(maxWidth)
		text := v.Text(width)
		lines := strings.Split(text, "\n")
		if len(lines) != 4 || !utf8.ValidString(text) || strings.ContainsAny(text, "\x1b\t\r") {
			t.Fatalf("Text(%d) = %q, want four lines without control characters", width, text)
		}
		for _, l := range lines {
			if columns(l) > width {
				t.Fatalf("Text(%d) has a line of %d characters: %q", width, columns(l), l)
			}
		}
		if v.ASCII && strings.ContainsFunc(text, func(r rune) bool { return r > 126 }) {
			t.Fatalf("Text(%d) = %q, want ASCII", width, text)
		}
		if width >= 40 {
			at := v.history // nothing but the past differs
			v.history = history{}
			blank := strings.Split(v.Text(width), "\n")
			for i := 1; i < 4; i++ {
				left, right := cutRow(blank[i])
				if gotLeft, _ := cutRow(lines[i]); gotLeft != left || !strings.HasSuffix(lines[i], right) || right != "" && columns(lines[i]) != columns(blank[i]) {
					t.Fatalf("Text(%d): %q moves to %q with a past", width, blank[i], lines[i])
				}
			}
			v.history = at
		}
		decodeHTML(t, v.HTML())
		if line := v.Line(); strings.ContainsAny(line, "\n\x1b") {
			t.Fatalf("Line = %q, want one line", line)
		}
	}
}

// cutRow cuts a row where its sparkline is or would be.
func cutRow(row string) (left, right string) {
	runes := []rune(row)
	at := min(len(runes), labelWidth+valueWidth)
	for at < len(runes) && runes[at] != ' ' { // a value may be wider than its place
		at++
	}
	return string(runes[:at]), strings.TrimLeft(string(runes[at:]), " ")
}

func TestLine(t *testing.T) {
	v := played(45)
	v.snapshot.Checks = []threshold.Result{check(t, "p99 < 500ms", 4900, threshold.Fail), check(t, "dropped == 0", 0, threshold.Pass)}
	const want = "heavy: 6350 done (75%) in 45.0 of 60 s, 290.0/s, 27 in flight, 6320 success, 30 failure (10 unknown), 15 retries, p50 8.25, p99 4900.0 ms, p99 < 500ms fails with 4.90 s"
	if got := v.Line(); got != want {
		t.Errorf("Line = %q, want %q", got, want)
	}
	if got, want := v.End(), "heavy: 6350 requests in 45.0 s, 290.0/s, 6320 success, 30 failure (10 unknown), 15 retries, p50 8.25, p99 4900.0 ms"; got != want {
		t.Errorf("End = %q, want %q", got, want)
	}
	v = &View{}
	v.Update(Snapshot{Stage: "light", Planned: 50})
	if got, want := v.Line(), "light: 0 of 50 (0%) in 0.0 s, 0/s, 0 in flight, 0 success, 0 failure, 0 retries, p50 –, p99 –"; got != want {
		t.Errorf("Line = %q, want %q", got, want)
	}
}

// decodeHTML is strict: what is well-formed XML closes all it opens and quotes
// all its attributes.
func decodeHTML(t *testing.T, text string) (words string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return words
		}
		if err != nil {
			t.Fatalf("the HTML is not well-formed: %v in %q", err, text)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if !strings.Contains(" div span b svg text tspan path ", " "+e.Name.Local+" ") {
				t.Fatalf("the HTML has an element %s", e.Name.Local)
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Value, "url(") || strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Fatalf("the HTML has an attribute %s=%q", a.Name.Local, a.Value)
				}
			}
		case xml.CharData:
			words += string(e)
		}
	}
}

func TestHTML(t *testing.T) {
	v := played(45)
	v.snapshot.Stage, v.snapshot.Model = "<script>alert(1)</script>", `"&'`
	v.snapshot.Checks = []threshold.Result{check(t, "p99 < 500ms", 4900, threshold.Fail), check(t, "dropped == 0", 0, threshold.Pass), check(t, "mean < 1s", math.NaN(), threshold.Unclear)}
	got := v.HTML()
	words := decodeHTML(t, got)
	for _, want := range []string{
		`<script>alert(1)</script> "&'6350 done · 75% · 45.0 of 60 s`, "rate, up to 290.0/s", "failures, up to 10.0/s", "up to 5200.0 ms", "in flight, up to 750",
		"failure 30", "p99 4900.0 ms", "✗ p99 < 500ms 4.90 s", "✓ dropped == 0 0", "? mean < 1s –",
	} {
		if !strings.Contains(words, want) {
			t.Errorf("the HTML says %q, want %q in it", words, want)
		}
	}
	// the line of p99 is broken where nothing ended, so that it has two parts
	paths := regexp.MustCompile(`stroke="` + orange + `"[^>]* d="([^"]*)"`).FindStringSubmatch(got)
	if len(paths) != 2 || strings.Count(paths[1], "M") != 2 || strings.Count(paths[1], "L") != 38 {
		t.Errorf("the line of p99 is %q, want two parts of 40 points", paths)
	}
	for _, n := range regexp.MustCompile(`[ML](\S+) ([\d.]+)`).FindAllStringSubmatch(got, -1) {
		x, _ := strconv.ParseFloat(n[1], 64)
		y, _ := strconv.ParseFloat(n[2], 64)
		if x < 0 || x > drawingWidth || y < 0 || y > 3*panelPitch {
			t.Errorf("the drawing goes to %s,%s, which is outside", n[1], n[2])
		}
	}
	if bars := strings.Count(got, "Z"); bars != 5 {
		t.Errorf("%d seconds with failures are drawn, want 5", bars)
	}
}

// WCAG 2.1, 1.4.11: 3:1 for what is drawn, on JupyterLab's light and dark page.
func TestColoursStandOut(t *testing.T) {
	for _, colour := range []string{blue, orange, red, grey} {
		for _, page := range []string{"#ffffff", "#111111"} {
			a, b := luminance(t, colour), luminance(t, page)
			if ratio := (max(a, b) + .05) / (min(a, b) + .05); ratio < 3 {
				t.Errorf("%s on %s has a contrast of %.2f, want 3", colour, page, ratio)
			}
		}
	}
}

// luminance is the relative one of WCAG 2.1.
func luminance(t *testing.T, colour string) (sum float64) {
	for i, weight := range []float64{.2126, .7152, .0722} {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= .03928 {
			c /= 12.92
		} else {
			c = math.Pow((c+.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// However long a stage takes, and however rarely it is looked at, the past is
// bounded and keeps its sums.
func TestHistory(t *testing.T) {
	for _, seconds := range []int{0, 1, 119, 120, 121, 240, 241, 5000} {
		h, failures := history{}, 0
		for i := 1; i <= seconds; i++ {
			for range 3 { // the second is noted once
				h.add(Snapshot{Elapsed: time.Duration(i) * time.Second, Failure: i, InFlight: 7, Recent: Recent{Rate: 100, P99: float64(i)}})
			}
		}
		looked, most := 0, largest(h.points, p99Of)
		for _, p := range h.points {
			failures, looked = failures+p.failures, looked+p.seconds
			if p.rate != 100 || p.inFlight != 7 {
				t.Errorf("%d s: a point is %+v, want the rate 100 and 7 in flight", seconds, p)
			}
		}
		if len(h.points) > maxPoints || seconds > maxPoints && len(h.points) < maxPoints/2 || failures != seconds || looked != seconds || most != float64(seconds) {
			t.Errorf("%d s: %d points of %d s with %d failures and p99 up to %v", seconds, len(h.points), looked, failures, most)
		}
		if fitted := h.resample(10); len(fitted) > 10 || largest(fitted, p99Of) != most {
			t.Errorf("%d s: %d points fit in 10, with p99 up to %v, want %v", seconds, len(fitted), largest(fitted, p99Of), most)
		}
	}
	var h history
	for _, at := range []time.Duration{time.Second, 1 << 62, time.Second, -1} { // a clock that jumps
		h.add(Snapshot{Elapsed: at, Recent: Recent{Rate: 5, P99: math.NaN()}})
	}
	if len(h.points) > maxPoints || cap(h.points) > 4*maxPoints || h.points[0].rate != 5 {
		t.Errorf("after a jump of the clock there are %d points, the first %+v", len(h.points), h.points[0])
	}
}

func TestAnotherStageStartsAfresh(t *testing.T) {
	v := played(20)
	v.Update(Snapshot{Stage: "other", Elapsed: 2 * time.Second, Failure: 3})
	if n := len(v.history.points); n != 2 || v.history.points[1].failures != 3 {
		t.Errorf("the past of another stage is %+v, want its second second only", v.history.points)
	}
}

func TestSpark(t *testing.T) {
	points := []point{{seconds: 1, rate: 0}, {seconds: 1, rate: 1}, {seconds: 1, rate: 50}, {}, {seconds: 1, rate: 100}}
	if got, want := spark(points, rateOf), "▁▂▅ █"; got != want {
		t.Errorf("spark = %q, want %q", got, want)
	}
	if got, want := spark(points[:1], rateOf), "▁"; got != want {
		t.Errorf("spark of zeros = %q, want %q", got, want)
	}
}

// BenchmarkView is what one update of a full history costs; four a second may
// take 2.5 ms each for 1 % of a CPU.
func BenchmarkView(b *testing.B) {
	v := played(45)
	for i := range 10 * maxPoints {
		s := ramp(45)
		s.Elapsed += time.Duration(i) * time.Second
		v.Update(s)
	}
	v.snapshot.Checks = []threshold.Result{check(b, "p99 < 500ms", 4900, threshold.Fail), check(b, "dropped == 0", 0, threshold.Pass)}
	s := v.snapshot
	for name, f := range map[string]func(){
		"update": func() { v.Update(s) },
		"text":   func() { v.Text(120) },
		"html":   func() { v.HTML() },
		"all":    func() { v.Update(s); v.Text(120); v.HTML() },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
}

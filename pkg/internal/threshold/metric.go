package threshold

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"sagalab/pkg/internal/spelling"
	"sagalab/pkg/load"
)

// kind is what a metric counts in, and with that how its bound is written.
type kind int

const (
	latency kind = iota // milliseconds
	ratio               // 0 to 1
	count
	factor // attempts a request
	rate   // per second
)

// The largest bounds; a larger one is taken for a typing error.
const (
	maxLatencyMS = 24 * 60 * 60 * 1000
	maxCount     = 1e12
	maxFactor    = 1e6
	maxRate      = 1e9
)

// metric is a figure of a stage that can have a bound.
type metric struct {
	name string
	kind kind
	q    float64 // of a percentile, 0 of all others
	// grows is 1 for a figure that only rises while a stage runs, -1 for one that
	// only falls, 0 for one that does both.
	grows int
	// value is the figure of a stage; NaN when it has none.
	value func(Values) float64
}

// metrics are all metrics but the percentiles.
var metrics = []metric{
	{name: "min", grows: -1, value: func(v Values) float64 { return ifEnded(v, v.Min) }},
	{name: "mean", value: func(v Values) float64 { return ifEnded(v, v.Mean) }},
	{name: "max", grows: 1, value: func(v Values) float64 { return ifEnded(v, v.Max) }},
	{name: "error_ratio", kind: ratio, value: func(v Values) float64 { return fraction(v.Failure, v.Requests) }},
	{name: "unknown_ratio", kind: ratio, value: func(v Values) float64 { return fraction(v.Unknown, v.Requests) }},
	{name: "dropped_ratio", kind: ratio, value: func(v Values) float64 { return fraction(v.Dropped, v.arrivals()) }},
	{name: "amplification", kind: factor, value: func(v Values) float64 { return fraction(v.Attempts, v.firstAttempts()) }},
	{name: "failures", kind: count, grows: 1, value: func(v Values) float64 { return ifEnded(v, float64(v.Failure)) }},
	{name: "unknown", kind: count, grows: 1, value: func(v Values) float64 { return ifEnded(v, float64(v.Unknown)) }},
	{name: "retries", kind: count, grows: 1, value: func(v Values) float64 { return ifEnded(v, float64(v.retries())) }},
	{name: "dropped", kind: count, grows: 1, value: func(v Values) float64 {
		if v.arrivals() == 0 {
			return math.NaN()
		}
		return float64(v.Dropped)
	}},
	{name: "requests", kind: count, grows: 1, value: func(v Values) float64 { return float64(v.Requests) }},
	{name: "throughput", kind: rate, value: func(v Values) float64 { return perSecond(v.Requests, v.Seconds) }},
	{name: "goodput", kind: rate, value: func(v Values) float64 { return perSecond(v.Success, v.Seconds) }},
}

// ifEnded returns the figure, NaN before a request has ended.
func ifEnded(v Values, figure float64) float64 {
	if v.Requests <= 0 {
		return math.NaN()
	}
	return figure
}

func fraction(part, whole int) float64 {
	if whole <= 0 {
		return math.NaN()
	}
	return float64(part) / float64(whole)
}

func perSecond(n int, seconds float64) float64 {
	if !(seconds > 0) {
		return math.NaN()
	}
	return float64(n) / seconds
}

// synonyms are the names of k6, and common ones, for these metrics.
var synonyms = map[string]string{
	"avg": "mean", "average": "mean", "med": "p50", "median": "p50",
	"rate": "error_ratio", "error_rate": "error_ratio", "errors": "failures", "http_req_failed": "error_ratio",
	"count": "requests", "iterations": "requests", "http_reqs": "requests", "dropped_iterations": "dropped",
	"rps": "throughput", "latency": "p99", "duration": "p99", "http_req_duration": "p99",
}

// lookup returns the metric of a name.
func lookup(name string) (metric, error) {
	for _, m := range metrics {
		if m.name == name {
			return m, nil
		}
	}
	if digits, ok := strings.CutPrefix(name, "p"); ok && decimal(digits) {
		return percentile(digits)
	}
	if name == "" {
		return metric{}, errors.New("it names no metric; write one, such as p99")
	}
	if better := nearest(name); better != "" {
		return metric{}, fmt.Errorf("there is no metric %q, perhaps %s is meant", name, better)
	}
	return metric{}, fmt.Errorf("there is no metric %q; there are %s", name, Metrics())
}

// Metrics returns the names of all metrics in a line.
func Metrics() string {
	names := []string{"p1 to p99.999"}
	for _, m := range metrics {
		names = append(names, m.name)
	}
	return strings.Join(names, ", ")
}

// percentile is the metric of p1 to p99.999, under its shortest name.
func percentile(digits string) (metric, error) {
	p, err := strconv.ParseFloat(digits, 64)
	_, decimals, _ := strings.Cut(digits, ".")
	if err != nil || p < 1 || p > 99.999 || len(strings.TrimRight(decimals, "0")) > 3 {
		return metric{}, fmt.Errorf("there is no percentile p%s: want p1 to p99.999, with at most three decimals; the largest is max", digits)
	}
	name := strconv.FormatFloat(p, 'f', -1, 64)
	q, _ := strconv.ParseFloat(name+"e-2", 64) // p/100 may be off by a bit
	return metric{name: "p" + name, q: q, value: func(v Values) float64 {
		if v.Requests <= 0 || v.Quantile == nil {
			return math.NaN()
		}
		return v.Quantile(q)
	}}, nil
}

// samples is how many requests a percentile needs so that ten lie on either side
// of it (load.SamplesFor), 0 for other metrics.
func (m metric) samples() int {
	if m.q == 0 {
		return 0
	}
	return max(load.SamplesFor(m.q), load.SamplesFor(1-m.q))
}

// nearest is the known name that a misspelt one is likely to mean, "" for none.
func nearest(name string) string {
	lower := strings.ToLower(strings.NewReplacer("(", "", ")", "", "-", "_", " ", "_").Replace(name))
	if digits, ok := strings.CutPrefix(lower, "p"); ok && decimal(digits) {
		if m, err := percentile(digits); err == nil {
			return m.name
		}
	}
	if ours, ok := synonyms[lower]; ok {
		return ours
	}
	best, least := "", max(2, len(lower)/3)+1
	if len(lower) > 40 { // longer than any name and its slips
		return ""
	}
	for _, m := range metrics {
		if d := spelling.Distance(lower, m.name); d < least && d < len(m.name) {
			best, least = m.name, d
		}
	}
	return best
}

// decimal says whether s is a number of digits with at most one point.
func decimal(s string) bool {
	whole, decimals, point := strings.Cut(s, ".")
	return whole != "" && (!point || decimals != "") && strings.Trim(whole+decimals, "0123456789") == ""
}

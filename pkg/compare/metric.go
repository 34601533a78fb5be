package compare

import (
	"slices"
	"strings"
)

// Metric names a figure by which stages are compared.
type Metric string

// The metrics, all over every operation, failed ones too.
const (
	P50  Metric = "p50"  // percentiles of latency_ms
	P90  Metric = "p90"  //
	P95  Metric = "p95"  //
	P99  Metric = "p99"  //
	Mean Metric = "mean" // of latency_ms
	// ErrorRatio is the share of operations without success, UnknownRatio of
	// those of which it is not known whether they took effect; both in percent.
	ErrorRatio   Metric = "error_ratio"
	UnknownRatio Metric = "unknown_ratio"
	// Amplification is attempts ÷ operations, or ÷ the steps that they began (runs.Summary).
	Amplification Metric = "amplification"
	// Throughput is operations that ended a second, Goodput those with success; of which
	// time says load.Stage.RateTime.
	Throughput Metric = "throughput"
	Goodput    Metric = "goodput"
)

// percentiles are the metrics that are a quantile of latency.
var percentiles = map[Metric]float64{P50: .5, P90: .9, P95: .95, P99: .99}

// Metrics returns every metric in the order of tables.
func Metrics() []Metric {
	return []Metric{P50, P90, P95, P99, Mean, ErrorRatio, UnknownRatio, Amplification, Throughput, Goodput}
}

func metricNames() string {
	var names []string
	for _, m := range Metrics() {
		names = append(names, string(m))
	}
	return strings.Join(names, ", ")
}

func (m Metric) valid() bool { return slices.Contains(Metrics(), m) }

// Unit is the unit of the metric's values: "ms", "%", "/s" or, for amplification, "".
func (m Metric) Unit() string {
	switch m {
	case ErrorRatio, UnknownRatio:
		return "%"
	case Amplification:
		return ""
	case Throughput, Goodput:
		return "/s"
	}
	return "ms"
}

// ChangeUnit is the unit of its changes: "pp", percentage points, for a ratio and else
// "%" of the value in A.
func (m Metric) ChangeUnit() string {
	if m.Unit() == "%" {
		return "pp"
	}
	return "%"
}

// MoreIsBetter is true for rates only.
func (m Metric) MoreIsBetter() bool { return m.Unit() == "/s" }

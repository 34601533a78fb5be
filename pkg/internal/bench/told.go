package bench

// Told is what a contender said of one execution, beside what was the case.
type Told struct {
	Contender string `json:"contender"`
	// Saw is the requests that the server saw, Said those that the contender
	// reported.
	Saw  int64 `json:"saw"`
	Said int   `json:"said"`
	// Keyed of Saw had an Idempotency-Key header; Closed got no answer.
	Keyed  int64 `json:"keyed"`
	Closed int64 `json:"closed"`
	// Dropped is arrivals that never started, -1 where nothing is said of them.
	Dropped int `json:"dropped"`
	// Truth and Latency are ms at each of Quantiles, ErrorPercent what Latency is
	// off by. All are empty where latency is not the question.
	Quantiles    []float64 `json:"quantiles,omitempty"`
	Truth        []float64 `json:"truth_ms,omitempty"`
	Latency      []float64 `json:"latency_ms,omitempty"`
	ErrorPercent []float64 `json:"error_percent,omitempty"`
}

func told(m Measure) Told {
	return Told{
		Contender: m.Contender, Saw: m.Saw.Requests, Said: m.Said.Requests,
		Keyed: m.Saw.Keyed, Closed: m.Saw.Closed, Dropped: m.Said.Dropped,
	}
}

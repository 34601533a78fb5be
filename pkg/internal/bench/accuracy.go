package bench

// Accuracy is what a tool reported of one execution, beside what the server counted.
type Accuracy struct {
	Tool string `json:"contender"`
	// Received counts the requests that the server received, Reported those that the tool reported.
	Received int64 `json:"saw"`
	Reported int   `json:"said"`
	// Keyed of Received had an Idempotency-Key header; Unanswered got no answer.
	Keyed      int64 `json:"keyed"`
	Unanswered int64 `json:"closed"`
	// Dropped counts arrivals that never started, -1 where the tool does not report them.
	Dropped int `json:"dropped"`
	// True and Latency are ms at each of Quantiles, ErrorPercent the error of Latency. All are empty where latency is not compared.
	Quantiles    []float64 `json:"quantiles,omitempty"`
	True         []float64 `json:"truth_ms,omitempty"`
	Latency      []float64 `json:"latency_ms,omitempty"`
	ErrorPercent []float64 `json:"error_percent,omitempty"`
}

func accuracyOf(m Measurement) Accuracy {
	return Accuracy{
		Tool: m.Tool, Received: m.Server.Requests, Reported: m.Reported.Requests,
		Keyed: m.Server.Keyed, Unanswered: m.Server.Closed, Dropped: m.Reported.Dropped,
	}
}

package runs

// Judged is a threshold and its answer, in words.
type Judged struct {
	Threshold string `json:"threshold"`
	Value     string `json:"value"`
	// Verdict is "pass", "fail" or "unclear".
	Verdict string `json:"verdict"`
	Note    string `json:"note,omitempty"`
}

package runs

// ThresholdResult is a threshold and its result, in words.
type ThresholdResult struct {
	Threshold string `json:"threshold"`
	Value     string `json:"value"`
	// Value is what was measured, with its unit.
	// Verdict is "pass", "fail" or "unclear".
	Verdict string `json:"verdict"`
	Note    string `json:"note,omitempty"`
}

package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// noReport returns a report without figures.
func noReport() toolReport {
	return toolReport{Requests: -1, Failed: -1, Dropped: -1, Latencies: map[float64]float64{}}
}

func parseSent(out string) (toolReport, error) {
	var r sent
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		return toolReport{}, err
	}
	s := noReport()
	s.Requests, s.Failed = int(r.Requests), int(r.Failed)
	return s, nil
}

var (
	heyQuantile = regexp.MustCompile(`(?m)^\s+(\d+)%+ in ([0-9.]+) secs$`)
	heyStatus   = regexp.MustCompile(`(?m)^\s+\[(\d+)\]\s+(\d+) responses$`)
	heyError    = regexp.MustCompile(`(?m)^\s+\[(\d+)\]\s+\S`)
)

// parseHey reads hey's text report: answers by status, and errors with their numbers. A quantile that hey did not compute is left out.
func parseHey(out string) (toolReport, error) {
	if !strings.Contains(out, "Summary:") {
		return toolReport{}, errors.New("no summary in hey's output")
	}
	s := noReport()
	s.Requests, s.Failed = 0, 0
	report, faults, _ := strings.Cut(out, "Error distribution:")
	for _, m := range heyStatus.FindAllStringSubmatch(report, -1) {
		n, err := strconv.Atoi(m[2])
		if err != nil {
			return toolReport{}, err
		}
		s.Requests += n
		if m[1] != "201" {
			s.Failed += n
		}
	}
	for _, m := range heyError.FindAllStringSubmatch(faults, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return toolReport{}, err
		}
		s.Requests += n
		s.Failed += n
	}
	for _, m := range heyQuantile.FindAllStringSubmatch(report, -1) {
		q, err1 := strconv.ParseFloat(m[1], 64)
		v, err2 := strconv.ParseFloat(m[2], 64)
		if err := errors.Join(err1, err2); err != nil {
			return toolReport{}, err
		}
		s.Latencies[q] = v * 1000
	}
	return s, nil
}

// parseVegeta reads `vegeta report -type=json`, whose latencies are nanoseconds.
func parseVegeta(out string) (toolReport, error) {
	var r struct {
		Requests  int                `json:"requests"`
		Latencies map[string]float64 `json:"latencies"`
		Codes     map[string]int     `json:"status_codes"`
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		return toolReport{}, err
	}
	s := noReport()
	s.Requests, s.Failed = r.Requests, r.Requests-r.Codes["201"]
	for _, q := range quantiles {
		if v, ok := r.Latencies[fmt.Sprintf("%gth", q)]; ok {
			s.Latencies[q] = v / 1e6
		}
	}
	return s, nil
}

// parseK6 reads the metrics that handleSummary of k6.js wrote. A metric without values is left out there.
func parseK6(text []byte) (toolReport, error) {
	var metrics map[string]struct {
		Values map[string]float64 `json:"values"`
	}
	if err := json.Unmarshal(text, &metrics); err != nil {
		return toolReport{}, err
	}
	if _, ok := metrics["http_reqs"]; !ok {
		return toolReport{}, errors.New("k6 made no http_reqs")
	}
	s := noReport()
	s.Requests = int(metrics["http_reqs"].Values["count"])
	// http_req_failed is a rate, whose "passes" are the requests that failed
	s.Failed = int(metrics["http_req_failed"].Values["passes"])
	s.Dropped = int(metrics["dropped_iterations"].Values["count"])
	for _, q := range quantiles {
		if v, ok := metrics["http_req_duration"].Values[fmt.Sprintf("p(%g)", q)]; ok {
			s.Latencies[q] = v
		}
	}
	return s, nil
}

// parseOriginal reads the line that original.py ends with; before it stand the
// lines that a retry prints.
func parseOriginal(out string) (toolReport, error) {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var r struct {
		Requests int     `json:"requests"`
		Failed   int     `json:"failed"`
		Work     float64 `json:"work_s"`
		CPU      float64 `json:"cpu_s"`
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil {
		return toolReport{}, err
	}
	s := noReport()
	s.Requests, s.Failed = r.Requests, r.Failed
	s.Work = time.Duration(r.Work * float64(time.Second))
	s.CPU = time.Duration(r.CPU * float64(time.Second))
	return s, nil
}

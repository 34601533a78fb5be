package load

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// StageSyntax shows the syntax of ParseStage by one example of each kind of load, for help
// texts and error messages.
const StageSyntax = "heavy:1000x200, each:20x50,each,think=100ms, ramp:0..50u@30s,50u@60s,think=1s, open:500/s@30s or knee:50..800/s@60s,poisson,cap=2000"

// ParseStage reads a stage from a line of text and validates it. An error lists the
// first ten faults.
//
//	heavy:1000x200                                   1000 requests by 200 VUs together
//	each:20x50,each,think=100ms                      20 requests by each of 50 VUs
//	ramp:0..50u@30s,50u@60s,think=1s                 VUs that ramp up and stay
//	open:500/s@30s                                   arrivals at a constant rate
//	knee:50..800/s@60s,800/s@10s,poisson,cap=2000    arrivals that ramp
//
// The name is everything before the last colon. Times are as time.ParseDuration
// reads them.
func ParseStage(text string) (Stage, error) {
	colon := strings.LastIndexByte(text, ':')
	if colon < 0 {
		return Stage{}, fmt.Errorf("stage %q: want NAME:REQUESTSxVUS or another kind of load, such as %s", text, StageSyntax)
	}
	p := parser{Stage: Stage{Name: text[:colon]}, seen: map[string]bool{}}
	var errs []error
	for part := range strings.SplitSeq(text[colon+1:], ",") {
		if err := p.part(part); err != nil {
			errs = append(errs, fmt.Errorf("stage %q: %w", p.Name, err))
		}
		if len(errs) == maxErrors {
			break
		}
	}
	if len(errs) == 0 {
		errs = append(errs, p.Validate())
	}
	if err := errors.Join(errs...); err != nil {
		return Stage{}, err
	}
	return p.Stage, nil
}

// maxErrors is how many faults of one text are reported at once.
const maxErrors = 10

// parser builds a stage from its text.
type parser struct {
	Stage
	seen map[string]bool // what may be said once only
}

// part reads one of the comma-separated parts.
func (p *parser) part(text string) (err error) {
	key, value, _ := strings.Cut(text, "=")
	ramp, at, timed := strings.Cut(text, "@")
	switch {
	case timed:
		return p.segment(ramp, at)
	case text == "each", text == "poisson":
		p.PerUser, p.Poisson = p.PerUser || text == "each", p.Poisson || text == "poisson"
	case key == "think":
		p.Think, err = parseDuration(value)
	case key == "cap":
		p.MaxInFlight, err = parseCount("the cap", value)
	default:
		key = "REQUESTSxVUS"
		requests, vus, ok := strings.Cut(text, "x")
		if !ok {
			return fmt.Errorf("%q is not a part of a stage, which looks like %s", text, StageSyntax)
		}
		var err1, err2 error
		p.Requests, err1 = parseCount("the number of requests", requests)
		p.VUs, err2 = parseCount("the number of VUs", vus)
		err = errors.Join(err1, err2)
	}
	if p.seen[key] {
		err = errors.Join(err, fmt.Errorf("%s is given twice, want it once", key))
	}
	p.seen[key] = true
	return err
}

// segment reads FROM..TOu@TIME or FROM..TO/s@TIME, or one value for both ends.
func (p *parser) segment(values, at string) error {
	segments := &p.Rate
	values, ok := strings.CutSuffix(values, "/s")
	if !ok {
		segments = &p.Users
		if values, ok = strings.CutSuffix(values, "u"); !ok {
			return fmt.Errorf("%q@%s says neither how many VUs nor what rate, want such as 50u@10s or 500/s@30s", values, at)
		}
	}
	from, to, ramps := strings.Cut(values, "..")
	if !ramps {
		to = from
	}
	var l Segment
	var err1, err2, err3 error
	l.From, err1 = parseDecimal(from)
	if l.To = l.From; ramps {
		l.To, err2 = parseDecimal(to)
	}
	l.For, err3 = parseDuration(at)
	if len(*segments) <= MaxSegments { // one too many is enough for Validate
		*segments = append(*segments, l)
	}
	return errors.Join(err1, err2, err3)
}

// parseCount reads a count; what names it in an error.
func parseCount(what, text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %q is not a whole number in range", what, text)
	}
	return n, nil
}

func parseDecimal(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, fmt.Errorf("%q is not a number in range", text)
	}
	return v, nil
}

func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time, want such as 500ms, 30s or 2m", text)
	}
	return d, nil
}

// String is the stage as ParseStage reads it.
func (s Stage) String() string {
	var parts []string
	if s.Requests != 0 || s.VUs != 0 {
		parts = append(parts, fmt.Sprintf("%dx%d", s.Requests, s.VUs))
	}
	for _, l := range s.Users {
		parts = append(parts, l.format("u"))
	}
	for _, l := range s.Rate {
		parts = append(parts, l.format("/s"))
	}
	if s.PerUser {
		parts = append(parts, "each")
	}
	if s.Poisson {
		parts = append(parts, "poisson")
	}
	if s.Think != 0 {
		parts = append(parts, "think="+formatDuration(s.Think))
	}
	if s.MaxInFlight != 0 {
		parts = append(parts, fmt.Sprintf("cap=%d", s.MaxInFlight))
	}
	return s.Name + ":" + strings.Join(parts, ",")
}

func (s Segment) format(unit string) string {
	text := formatValue(s.From)
	if s.To != s.From {
		text += ".." + formatValue(s.To)
	}
	return text + unit + "@" + formatDuration(s.For)
}

// formatValue is v without an exponent, unless it is tiny.
func formatValue(v float64) string {
	format := byte('f')
	if v != 0 && v < 1e-6 {
		format = 'g'
	}
	return strconv.FormatFloat(v, format, -1, 64)
}

// formatDuration is d without the zeros that time.Duration writes after a unit: 1m, not
// 1m0s.
func formatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

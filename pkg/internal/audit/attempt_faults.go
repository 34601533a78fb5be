package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sagalab/pkg/runs"
)

// faultWords says what a kind of fault does to a request, and what it did while its
// window was open: "dropped the reply", "dropped replies". Of faults that are not
// listed the sentence names the kind.
var faultWords = map[string][2]string{
	"unavailable":        {"answered in the service's place", "answered in the service's place"},
	"slow":               {"held the request back", "held requests back"},
	"stall":              {"held the request back", "held requests back"},
	"drop_request":       {"dropped the request", "dropped requests"},
	"drop_reply":         {"dropped the reply", "dropped replies"},
	"reset_request":      {"reset the connection before the service got the request", "reset connections before the service got the request"},
	"reset_reply":        {"reset the connection in place of the reply", "reset connections in place of replies"},
	"hang":               {"withheld the request", "withheld requests"},
	"hang_reply":         {"withheld the reply", "withheld replies"},
	"duplicate":          {"sent the request twice", "sent requests twice"},
	"wire_request_lost":  {"closed the connection at the request", "closed connections at a request"},
	"wire_reply_lost":    {"closed the connection at the reply", "closed connections at a reply"},
	"wire_reply_cut":     {"cut the reply", "cut replies"},
	"wire_hang":          {"withheld the request", "withheld requests"},
	"wire_reset_request": {"reset the connection at the request", "reset connections at a request"},
	"wire_reset_reply":   {"reset the connection at the reply", "reset connections at a reply"},
	"wire_down":          {"refused the connection", "refused connections"},
	"kill":               {"killed the service", "had killed the service"},
}

// faultEnds lists how an attempt ends for the client that a fault took: the error
// classes, or the status class "5xx". A fault that is not listed may end in any way.
var faultEnds = map[string][]string{
	"unavailable":        {"5xx"},
	"slow":               {"timeout"},
	"stall":              {"timeout"},
	"drop_request":       {"eof", "reset"},
	"drop_reply":         {"eof", "reset"},
	"reset_request":      {"reset", "eof"},
	"reset_reply":        {"reset", "eof"},
	"hang":               {"timeout", "eof"},
	"hang_reply":         {"timeout", "eof"},
	"wire_request_lost":  {"eof", "reset"},
	"wire_reply_lost":    {"eof", "reset"},
	"wire_reply_cut":     {"eof", "reset"},
	"wire_hang":          {"timeout", "eof"},
	"wire_reset_request": {"reset", "eof"},
	"wire_reset_reply":   {"reset", "eof"},
	"wire_down":          {"refused", "eof", "reset"},
	"kill":               {"refused", "eof", "reset"},
}

// plannedFault says what a stage's plan of faults did to an attempt that was under way
// from one time since the stage's start to another, and that ended with a status or an
// error class; "" when no window was open meanwhile that explains this end. What was
// done to a single request is not recorded. It is certain only when one window alone
// was open all the time, and took each request; else the sentence says what the plan
// did meanwhile.
func plannedFault(windows []runs.FaultWindow, from, to time.Duration, status int64, class string) string {
	var open []runs.FaultWindow
	for _, w := range windows {
		if w.Tested() && w.From <= to && from < w.To && endsLike(w.Fault, status, class) {
			open = append(open, w)
		}
	}
	if len(open) == 0 {
		return ""
	}
	w := open[0]
	words, known := faultWords[w.Fault]
	if known && len(open) == 1 && w.Probability == 1 && w.Taken == w.Met && w.From <= from && to < w.To {
		return "the fault plan " + words[0]
	}
	return "while the fault plan " + meanwhile(open)
}

// meanwhile says what the windows did to requests.
func meanwhile(open []runs.FaultWindow) string {
	var did []string
	for _, w := range open {
		words, known := faultWords[w.Fault]
		if !known {
			words[1] = "did " + w.Fault
		}
		if !slices.Contains(did, words[1]) {
			did = append(did, words[1])
		}
	}
	return strings.Join(did, " and ")
}

// endsLike reports whether an attempt that a fault took may end so.
func endsLike(fault string, status int64, class string) bool {
	ends, known := faultEnds[fault]
	if !known {
		return true
	}
	if status != 0 {
		class = fmt.Sprintf("%dxx", status/100)
	}
	return slices.Contains(ends, class)
}

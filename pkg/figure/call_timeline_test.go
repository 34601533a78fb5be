package figure

import (
	"testing"
	"time"

	"gonum.org/v1/plot"
)

// callAt is a call with times in ms since a moment; it is under way when to is 0.
type callAt struct {
	purchase    int
	participant string
	step        string
	attempt     int
	from, to    float64
	status      int
	fault       string
}

// timelineCalls makes calls of a list.
func timelineCalls(list []callAt) (calls []TimelineCall) {
	ms := func(v float64) time.Time { return began.Add(time.Duration(v * float64(time.Millisecond))) }
	for _, c := range list {
		call := TimelineCall{Purchase: c.purchase, Participant: c.participant, Step: c.step, Attempt: c.attempt, Fault: c.fault, Began: ms(c.from), Status: c.status}
		if c.to > 0 {
			call.Ended = ms(c.to)
		}
		calls = append(calls, call)
	}
	return calls
}

const lostReply = "Two purchases by a user with money for one; the reply to the first charge at payments of purchase 1 is lost: a purchase was not paid exactly once, with one confirmed and one refused"

// lostCharge is a charge whose reply is lost, and which is made twice.
func lostCharge() []TimelineCall {
	return timelineCalls([]callAt{
		{1, "", "", 1, 0, 26.1, 201, ""},
		{1, "stock", "POST /reserve", 1, 2.2, 3.9, 200, ""},
		{1, "payments", "POST /charge", 1, 5.1, 7, 200, "drop_reply"},
		{1, "payments", "POST /charge", 2, 17.6, 19.2, 200, ""},
		{1, "stock", "POST /sell", 1, 21.3, 23.8, 200, ""},
		{2, "", "", 1, .8, 15.4, 409, ""},
		{2, "stock", "POST /reserve", 1, 4.4, 6.1, 200, ""},
		{2, "payments", "POST /charge", 1, 8, 9.7, 402, ""},
		{2, "stock", "POST /release", 1, 11, 12.8, 200, ""},
	})
}

// heldCharge is a charge whose reply is held back for a second, and a request that is not
// delivered.
func heldCharge() []TimelineCall {
	return timelineCalls([]callAt{
		{1, "", "", 1, 0, 190, 504, ""},
		{1, "", "", 2, 204, 219, 201, ""},
		{1, "stock", "POST /reserve", 1, 2.2, 3.9, 200, ""},
		{1, "payments", "POST /charge", 1, 5.1, 1006, 200, "hang_reply"},
		{1, "payments", "POST /charge", 2, 166, 167.9, 503, ""},
		{1, "payments", "POST /charge", 3, 177, 0, 0, ""},
		{2, "", "", 1, 1.1, 1.4, 0, "drop_request"},
		{2, "", "", 2, 12.2, 31, 201, "duplicate"},
		{2, "stock", "POST /reserve", 1, 14, 15, 200, ""},
		{2, "payments", "POST /charge", 1, 16, 18, 200, ""},
	})
}

// crowdOfCalls is the hardest case: two purchases with three lanes of 15 calls each, long
// names, and each kind of fault.
func crowdOfCalls() (calls []TimelineCall) {
	kinds := []string{"drop_reply", "hang_reply", "duplicate", "reset_reply", "drop_request", "unavailable", "kill", "a_kind_of_later"}
	var list []callAt
	for p := 1; p <= 2; p++ {
		for k, who := range []string{"", "stock", "payment-authorisations-service"} {
			for i := range 15 {
				at := float64(p+3*k) + 11.3*float64(i)
				c := callAt{p, who, []string{"", "reserve", "POST /v1/payment_intents/{id}/confirm"}[k], i + 1, at, at + 2 + float64(5*(i%3)), 200 + 100*(i%4), ""}
				if i%5 == 2 {
					c.fault = kinds[(p*9+k*3+i/5)%len(kinds)]
				}
				if faultKinds[c.fault].before {
					c.status = 0
				}
				list = append(list, c)
			}
		}
	}
	return timelineCalls(list)
}

func TestCallTimelineGoldenImages(t *testing.T) {
	for name, c := range map[string]struct {
		title string
		calls []TimelineCall
	}{
		"calls_lost": {lostReply, lostCharge()}, "calls_held": {"The reply to the first charge of purchase 1 comes too late: charged twice", heldCharge()},
		"calls_crowded": {lostReply, crowdOfCalls()},
		"calls_one":     {"One purchase; the request is answered with 503", timelineCalls([]callAt{{1, "", "", 1, 0, 3, 0, "unavailable"}, {1, "", "", 2, 13, 16.5, 201, ""}})},
	} {
		checkHigh(t, name, CallTimelineHeight(c.title, c.calls), func() (*plot.Plot, error) { return CallTimeline(c.title, c.calls) })
	}
}

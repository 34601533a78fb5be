package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// apiPart is a login, an attempt at a step, or the polls after one, of a purchase that takes more
// than one request.
type apiPart struct {
	// Part is "login", "step" or "poll", Name that of the step.
	Part    string            `json:"part"`
	Name    string            `json:"name,omitempty"`
	Said    string            `json:"said,omitempty"` // of polls: how it went
	Sent    apiRequest        `json:"sent,omitzero"`
	Status  int               `json:"status,omitempty"`
	Answer  string            `json:"answer,omitempty"`
	Meaning string            `json:"meaning,omitempty"`
	Reason  string            `json:"reason,omitempty"`
	OrderID string            `json:"order_id,omitempty"`
	Amount  int64             `json:"amount,omitempty"`
	Kept    map[string]string `json:"kept,omitempty"` // secrets as "[secret]"
	Note    string            `json:"note,omitempty"` // of polls: what was not understood of them
}

// apiParts goes through the requests of a purchase in the order in which they were sent.
type apiParts struct {
	*apiCheck
	call purchase.Call // of the request that is looked at; secrets are "SECRET"
	list []apiPart
}

// partsOf returns the requests of a purchase, none of a purchase of one request, and the call
// of the last one.
func (c *apiCheck) partsOf(r purchase.Result) ([]apiPart, purchase.Call) {
	p := apiParts{apiCheck: c, call: purchase.Call{Purchase: r.Request, Key: r.Operation.Key, Attempt: 1, Kept: map[string]string{}}}
	if c.file.Steps() == nil && !c.offers.Poll && !c.offers.Login {
		return nil, p.call
	}
	for _, name := range c.file.LoginKeeps() {
		p.call.Kept[name] = hiddenValue
	}
	others := r.Others
	for i, a := range r.Operation.Attempts {
		others = p.others(r, others, i)
		p.attempt(a, r.Answers[i])
	}
	p.others(r, others, len(r.Operation.Attempts))
	return p.list, p.call
}

// hiddenValue stands for a secret in what is shown of a request.
const hiddenValue = "SECRET"

// attempt adds an attempt at a step.
func (p *apiParts) attempt(a retry.Attempt, answer purchase.Answer) {
	if p.call.Step != answer.Step || p.call.Poll {
		p.call.Attempt = 0
	}
	p.call.Poll, p.call.Step, p.call.Key = false, answer.Step, a.Key
	p.call.Attempt++
	part := p.part("step", a, answer, p.request)
	part.Kept = p.keep(a, answer)
	p.list = append(p.list, part)
}

// others adds the logins and polls that came after some number of attempts, and returns the
// rest. Polls in a row are one part.
func (p *apiParts) others(r purchase.Result, others []purchase.OtherRequest, attempts int) []purchase.OtherRequest {
	polls, seen := 0, apiPolls{}
	for len(others) > 0 && others[0].Attempt.Number <= attempts {
		o := others[0]
		if others = others[1:]; o.Kind == purchase.LoginRequest {
			seen.logins++
			p.login(o)
			continue
		}
		polls++
		seen.add(p.apiCheck, o)
		p.call.Poll, p.call.Step, p.call.Key, p.call.Attempt = true, o.Answer.Step, o.Attempt.Key, polls
		part := p.part("poll", o.Attempt, o.Answer, p.pollRequest)
		part.Said = pollsText(r.Operation.Attempts[attempts-1], o, polls)
		part.Kept, part.Note = p.keep(o.Attempt, o.Answer), seen.note(polls)
		if n := len(p.list); polls > 1 && p.list[n-1].Part == "poll" {
			p.list = p.list[:n-1]
		}
		p.list = append(p.list, part)
	}
	return others
}

// login adds a login, of whose answer nothing is shown.
func (p *apiParts) login(o purchase.OtherRequest) {
	user := p.call.Purchase.UserID
	part := apiPart{Part: "login", Name: fmt.Sprintf("user %v", user), Status: o.Attempt.Status, Reason: o.Answer.Reason}
	part.Sent = p.build(func() (retry.Request, error) { return p.shown.Login(user) })
	if o.Answer.Reason == "" {
		part.Kept = map[string]string{}
		for _, name := range p.file.LoginKeeps() {
			part.Kept[name] = "[secret]"
		}
	}
	p.list = append(p.list, part)
}

// pollsText says how a purchase that was accepted by an attempt went on until a poll.
func pollsText(accepted retry.Attempt, o purchase.OtherRequest, polls int) string {
	took := o.Attempt.Start.Add(o.Attempt.Latency).Sub(accepted.Start.Add(accepted.Latency))
	return fmt.Sprintf("accepted (HTTP %d), %s after %s, %.1f s", accepted.Status, meaningText(o.Answer.Meaning), counted(polls, "poll"), took.Round(time.Millisecond).Seconds())
}

// part returns what came and what was understood of one request.
func (p *apiParts) part(kind string, a retry.Attempt, answer purchase.Answer, sent func() apiRequest) apiPart {
	part := apiPart{Part: kind, Name: answer.Step, Sent: sent(), Status: a.Status, Meaning: meaningText(answer.Meaning), Reason: answer.Reason, OrderID: answer.OrderID, Amount: answer.Amount}
	if part.Answer = p.answer(a); a.Class != "" {
		part.Answer = a.String()
	}
	if answer.OrderID != "" {
		p.call.Order = answer.OrderID
	}
	return part
}

// keep returns what was kept of an answer after which the purchase goes on, as it is shown.
func (p *apiParts) keep(a retry.Attempt, answer purchase.Answer) map[string]string {
	if answer.Meaning != purchase.MeansStepDone && answer.Meaning != purchase.MeansPending {
		return nil
	}
	values, err := p.file.Keep(p.call, a)
	if err != nil {
		return nil // which is the error of the purchase
	}
	kept := maps.Clone(p.call.Kept)
	for name, value := range values {
		if kept[name] = p.sender.Redact(value); purchase.IsSecretName(name) {
			kept[name], values[name] = hiddenValue, "[secret]"
		}
	}
	p.call.Kept = kept
	return values
}

// request and pollRequest return what was sent for the call.
func (p *apiParts) request() apiRequest {
	return p.build(func() (retry.Request, error) { return p.shown.Request(p.call) })
}

func (p *apiParts) pollRequest() apiRequest {
	return p.build(func() (retry.Request, error) { return p.shown.Poll(p.call) })
}

// build returns what is shown of a request: of headers their names, of secrets nothing.
func (c *apiCheck) build(request func() (retry.Request, error)) apiRequest {
	if c.shown == nil {
		return apiRequest{Method: "a request with secrets"}
	}
	q, err := request()
	if err != nil {
		return apiRequest{}
	}
	s := apiRequest{Method: orElse(q.Method, http.MethodPost), Path: c.sender.Redact(q.Path), Body: c.sender.Redact(string(q.Body)), Headers: []string{}}
	for _, h := range q.Headers {
		s.Headers = append(s.Headers, h.Name)
	}
	return s
}

// lastIsPoll reports whether the answer to a poll was seen last.
func lastIsPoll(r purchase.Result) bool {
	n := len(r.Others)
	return n > 0 && r.Others[n-1].Kind == purchase.PollRequest
}

// lastOf returns the request whose answer was seen last, which may be a poll.
func lastOf(r purchase.Result) retry.Attempt {
	if lastIsPoll(r) {
		return r.Others[len(r.Others)-1].Attempt
	}
	return r.Operation.Last()
}

// print prints a part.
func (p apiPart) print(out io.Writer) {
	printRow(out, p.Part, strings.Trim(p.Name+": "+p.Said, ": "))
	p.Sent.print(out)
	came := p.Answer
	if p.Status != 0 {
		came = strings.TrimSuffix(fmt.Sprintf("HTTP %d: %s", p.Status, p.Answer), ": ")
	}
	printRow(out, "came", came)
	printRow(out, "understood", understoodText(p.Meaning, p.Reason, p.OrderID, p.Amount))
	var kept []string
	for _, name := range slices.Sorted(maps.Keys(p.Kept)) {
		kept = append(kept, name+" "+p.Kept[name])
	}
	printRow(out, "kept", strings.Join(kept, ", "))
	printRow(out, "note", p.Note)
}

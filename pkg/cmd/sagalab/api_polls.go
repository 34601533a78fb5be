package main

import (
	"fmt"
	"net/http"
	"strings"

	"sagalab/pkg/purchase"
)

// apiPolls counts polls of a purchase that said nothing of it. The zero value has none.
type apiPolls struct {
	unclear int    // no rule covers the answer, or one says unknown
	example string // the first one of those
	missing bool   // it was HTTP 404
	expired int    // HTTP 401
	logins  int    // after a poll
}

// add counts a poll.
func (s *apiPolls) add(c *apiCheck, o purchase.OtherRequest) {
	switch {
	case o.Attempt.Status == http.StatusUnauthorized:
		s.expired++
	case o.Attempt.Class == "" && o.Answer.Meaning == purchase.MeansUnclear && o.Attempt.Status < http.StatusInternalServerError:
		if s.unclear++; s.unclear == 1 {
			s.missing = o.Attempt.Status == http.StatusNotFound
			s.example = fmt.Sprintf("HTTP %d: %s", o.Attempt.Status, c.answer(o.Attempt))
		}
	}
}

// note says what was not understood of so many polls, "" when all were.
func (s *apiPolls) note(polls int) string {
	var parts []string
	if s.unclear > 0 {
		advice := "without a rule for it in means, such as {http: 2xx, when: {status: PENDING}, is: pending}, it is less certain when a purchase ended"
		if s.missing {
			advice = "is the path of poll: get: right?"
		}
		parts = append(parts, fmt.Sprintf("%d of %s not understood, the first was %s: %s", s.unclear, counted(polls, "poll"), s.example, advice))
	}
	if s.expired > 0 {
		text := "the token ended during the polls: " + counted(s.expired, "poll") + " answered with HTTP 401"
		if s.logins > 0 {
			text += ", and the user was logged in anew"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

package faultsearch

import (
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/internal/audit"
)

// Certificate is how much was tried. With Result.Answer NoneFound it certifies that none of it
// violated a rule.
type Certificate struct {
	// Complete: all schedules were tried.
	Complete bool      `json:"complete"`
	Worlds   []Covered `json:"worlds"`
	// Rules were judged in at least one execution and violated in none; Unjudged were judged
	// in none.
	Rules    []RuleCount `json:"rules"`
	Unjudged []RuleCount `json:"unjudged,omitempty"`
	// Skips lists the schedules that were skipped, each with what shows that it may be.
	Skips []Skip `json:"skips,omitempty"`
	// Sampled of them were executed all the same, SampleDiffered did otherwise than said.
	Sampled        int `json:"sampled"`
	SampleDiffered int `json:"sample_differed"`
}

// RuleCount is in how many executions a rule was answered, and how.
type RuleCount struct {
	Rule         string `json:"rule"`
	Holds        int    `json:"holds"`
	Unknown      int    `json:"unknown"`
	NotExercised int    `json:"not_exercised"`
}

// ruleTally counts the answers for each rule.
type ruleTally map[string]map[audit.Answer]int

func (t ruleTally) add(x *Execution) {
	for rule, answer := range x.Answers {
		if t[rule] == nil {
			t[rule] = map[audit.Answer]int{}
		}
		t[rule][answer]++
	}
}

// count returns the rules that were judged and hold, and those that were not judged.
func (t ruleTally) count() (rules, unjudged []RuleCount) {
	names := make([]string, 0, len(t))
	for rule := range t {
		names = append(names, rule)
	}
	slices.Sort(names)
	for _, rule := range names {
		c := RuleCount{rule, t[rule][audit.Holds], t[rule][audit.Unknown], t[rule][audit.NotExercised]}
		switch {
		case t[rule][audit.Violated] > 0:
		case c.Holds > 0:
			rules = append(rules, c)
		default:
			unjudged = append(unjudged, c)
		}
	}
	return rules, unjudged
}

// certificate returns how much was tried.
func (s *search) certificate(complete bool) *Certificate {
	c := &Certificate{Complete: complete, Sampled: s.result.sampled, SampleDiffered: s.result.sampleDiffered}
	for _, g := range s.worlds {
		c.Worlds = append(c.Worlds, g.covered.withFormula(g.formula(), complete))
		c.Skips = append(c.Skips, g.skips...)
	}
	c.Rules, c.Unjudged = s.tally.count()
	return c
}

// Counts returns how many schedules were tried, executed and skipped, in all worlds.
func (c *Certificate) Counts() (enumerated, executed, skipped int) {
	for i := range c.Worlds {
		enumerated, executed, skipped = enumerated+c.Worlds[i].Enumerated, executed+c.Worlds[i].Executed, skipped+c.Worlds[i].skipped()
	}
	return enumerated, executed, skipped
}

// Arithmetic says how the schedules of a world add up, in one line.
func (c *Covered) Arithmetic() string {
	f := c.Formula
	text := fmt.Sprintf("%s, %s of faults (%d make a call fail), at most %s on %s: %d schedules by the formula",
		counted(f.Calls, "call"), counted(f.Kinds, "kind"), f.Failing, counted(f.Faults, "fault"), counted(f.Attempts, "attempt"), c.ByFormula)
	if c.Added > 0 {
		text += fmt.Sprintf(" + %d on calls that only faults lead to", c.Added)
	}
	if c.Absent > 0 {
		text += fmt.Sprintf(" - %d whose next attempt was not made", c.Absent)
	}
	text += fmt.Sprintf(" = %d executed", c.Executed)
	for _, why := range []Reason{NotReached, AlikeKinds, EqualPurchases} {
		if n := c.Skipped[why]; n > 0 {
			text += fmt.Sprintf(" + %d skipped (%s)", n, why.Words())
		}
	}
	return text
}

// Sentence says what the certificate certifies.
func (c *Certificate) Sentence(o Options) string {
	worlds := make([]string, len(c.Worlds))
	for i := range c.Worlds {
		worlds[i] = c.Worlds[i].World.String()
	}
	enumerated, executed, skipped := c.Counts()
	return fmt.Sprintf("at most %s of %s on the first %s of each call of %s broke none of %d rules: %d schedules, %d executed, %d skipped",
		counted(o.Faults, "fault"), counted(len(o.Kinds), "kind"), counted(o.Attempts, "attempt"), strings.Join(worlds, " and of "), len(c.Rules), enumerated, executed, skipped)
}

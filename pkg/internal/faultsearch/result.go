package faultsearch

import (
	"time"

	"sagalab/pkg/internal/audit"
)

// Answer is what a search has found out.
type Answer string

// The answers.
const (
	FoundWitness Answer = "witness"
	NoneFound    Answer = "certificate"
	Undecided    Answer = "undecided"
)

// resultFormat is the version of a Result's JSON.
const resultFormat = 1

// Result is the outcome of a search. Its JSON keeps its names.
type Result struct {
	Format int `json:"format"`
	// API is the address of the service, "" when it is not one that was addressed.
	API string `json:"api,omitempty"`
	// Times are the waits of each execution, Reset is how the service was set anew, and
	// Participants those between which and the service faults were done, too; zero where it is
	// no service.
	Times        *Times        `json:"times,omitempty"`
	Reset        ResetBy       `json:"reset,omitempty"`
	Participants []Participant `json:"participants,omitempty"`

	Options Options   `json:"options"`
	Began   time.Time `json:"began"`
	Seconds float64   `json:"seconds"`
	Answer  Answer    `json:"answer"`
	// Why says why the answer is Undecided, why a witness could not be made smaller or
	// confirmed, or of a replay that nothing was violated; "" else.
	Why     string   `json:"why,omitempty"`
	Witness *Witness `json:"witness,omitempty"`
	// Certificate is how much was tried, whatever the answer is.
	Certificate *Certificate `json:"certificate"`
	// Executions counts all, with repetitions.
	Executions int `json:"executions"`
	// Tier is how much the service let the audits see, in the last execution.
	Tier audit.Tier `json:"tier,omitempty"`
	// Compared counts pairs of executions of the same schedule, Differed those that did not do
	// the same.
	Compared int `json:"compared"`
	Differed int `json:"differed"`
	// NotQuiet counts executions after which the service did not come to rest, and
	// NotQuietWhy says of the last one why.
	NotQuiet    int    `json:"not_quiet,omitempty"`
	NotQuietWhy string `json:"not_quiet_why,omitempty"`
	// Unrecognised counts calls to participants that belong to no purchase, in all
	// executions: no fault is done to them.
	Unrecognised int `json:"unrecognised,omitempty"`
	// Notes are sentences on what limits the search.
	Notes []string `json:"notes,omitempty"`

	sampled, sampleDiffered int
}

// compare counts two executions of the same schedule.
func (r *Result) compare(a, b *Execution) {
	r.Compared++
	if a.fingerprint() != b.fingerprint() {
		r.Differed++
	}
}

// doubt makes a certificate undecided: why says why it certifies less than it seems to.
func (r *Result) doubt(why string) {
	if r.Answer == NoneFound && why != "" {
		r.Answer, r.Why = Undecided, why
	}
}

// ExitCode is 0 for a certificate, 1 for a witness and 2 for neither.
func (r *Result) ExitCode() int {
	switch r.Answer {
	case NoneFound:
		return 0
	case FoundWitness:
		return 1
	}
	return 2
}

// Sentence says in one sentence what the search has found out.
func (r *Result) Sentence() string {
	switch r.Answer {
	case FoundWitness:
		return r.Witness.Sentence
	case NoneFound:
		if r.Why != "" {
			return r.Why
		}
		return r.Certificate.Sentence(r.Options)
	}
	return "could not judge: " + r.Why
}

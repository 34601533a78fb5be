package audit

import "sagalab/pkg/internal/audit/history"

// rule is one invariant of the service.
type rule struct {
	id, title string
	// one and many name what it judges, for "1 order" and "3 of 100 orders".
	one, many string
	// restsOnFaults: a plan of faults puts it to the test (faults.go).
	restsOnFaults bool
	// judge looks at the model, without changing it.
	judge func(*history.Model) ruling
}

// rules are in the order of Report.Verdicts; causes.go has the order in which violated
// ones are shown.
var rules = []rule{
	ruleK1, ruleK2, ruleK3, ruleK4, ruleK5,
	ruleS1, ruleS2, ruleB1,
	ruleC1, ruleC2, ruleC3, ruleC4, ruleC5, ruleC6, ruleC7, ruleC8, ruleC9, ruleC10,
	ruleT1, ruleT2, ruleT3, ruleT4,
}

// counted returns what n judged things are called.
func (r *rule) counted(n int) string {
	if n == 1 {
		return r.one
	}
	return r.many
}

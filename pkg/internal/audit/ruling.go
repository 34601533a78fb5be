package audit

// finding is one violation: when it was, how grave it is, and its reference, which
// the rule's show understands.
type finding struct {
	at, weight int64
	ref        int
}

// findings keeps of all violations what a verdict needs, so that memory does not
// grow with their number.
type findings struct {
	count              int
	first, worst, last finding
}

func (fs *findings) add(ref int, at, weight int64) {
	f := finding{at, weight, ref}
	if fs.count == 0 {
		fs.first, fs.worst, fs.last = f, f, f
	}
	if f.at < fs.first.at {
		fs.first = f
	}
	if f.weight > fs.worst.weight {
		fs.worst = f
	}
	if f.at >= fs.last.at {
		fs.last = f
	}
	fs.count++
}

// ruling is what a rule found out.
type ruling struct {
	findings
	judged int
	// unknown is why the rest cannot be judged, "" when all was; none is why nothing
	// was exercised.
	unknown, none string
	// beyond: the service does not offer what would be needed.
	beyond bool
	// note limits an answer that holds.
	note string
	// show builds the counterexample of a finding; nil without findings.
	show func(ref int) Counterexample
}

// verdict turns a ruling into the verdict of a report.
func (q *ruling) verdict() Verdict {
	v := Verdict{Judged: max(q.judged, q.count), Count: q.count}
	switch {
	case q.count > 0:
		v.Answer, v.Reason = Violated, q.unknown
		first, worst, last := q.show(q.first.ref), q.show(q.worst.ref), q.show(q.last.ref)
		v.First, v.Worst, v.Last = &first, &worst, &last
	case q.unknown != "":
		v.Answer, v.Reason, v.Beyond = Unknown, q.unknown, q.beyond
	case q.judged == 0:
		v.Answer, v.Reason = NotExercised, q.none
	default:
		v.Answer, v.Reason = Holds, q.note
	}
	return v
}

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
	// one and many name what was judged where it is not what the rule's names say, else "".
	one, many string
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

// verdict turns a ruling into the verdict of a report on a rule.
func (r *ruling) verdict(of *rule) Verdict {
	v := Verdict{Rule: of.id, Title: of.title, Judged: max(r.judged, r.count), Count: r.count}
	if v.What = of.counted(v.Judged); r.many != "" {
		v.What = (&rule{one: r.one, many: r.many}).counted(v.Judged)
	}
	switch {
	case r.count > 0:
		v.Answer, v.Reason = Violated, r.unknown
		first, worst, last := r.show(r.first.ref), r.show(r.worst.ref), r.show(r.last.ref)
		v.First, v.Worst, v.Last = &first, &worst, &last
	case r.unknown != "":
		v.Answer, v.Reason, v.Beyond = Unknown, r.unknown, r.beyond
	case r.judged == 0:
		v.Answer, v.Reason = NotExercised, r.none
	default:
		v.Answer, v.Reason = Holds, r.note
	}
	return v
}

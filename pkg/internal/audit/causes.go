package audit

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

// causes lists the rules from what causes other violations to what only follows. A
// defect seldom violates one rule alone: an order that is charged twice also makes
// the totals wrong. The rule that is nearest to the defect is shown first.
//
// The order was measured: with each of the defects of package accuracy, the rule that
// names it should come first.
var causes = []string{
	// Keys and ids: under a key that is forgotten, or an id that is used again, a purchase
	// becomes another one, and every rule about answers, orders, money and stock follows. A
	// key that is forgotten (K1) also takes another payload (K3).
	"K4", "K1", "K3",
	// Single orders against what was said of them. An order that is lost, or an answer that
	// was wrong, contradicts the next answer to the same key (K2, K5), and a client that is
	// told "refused" or "nothing happened" of what was done buys again, or counts less than
	// it spent: so these go before what was spent (B1) and sold (S1). A status that goes
	// back contradicts the answer (C4), too.
	"C8", "C9", "C10", "C4", "C7", "K2",
	// A purchase that never ends is in progress for ever (K5).
	"C5", "K5",
	// Steps of one order: a step that is done twice, hangs or is not taken back moves the
	// money and the stock of C3, C2 and C1. A compensation that comes too early makes its
	// step hang (T3), and a hanging step is one that is done twice (T4). T1, about all
	// steps, is violated by what T2 to T4 name.
	"T2", "T3", "T4", "T1",
	// Money: the charges of single orders add up to the total.
	"C3", "C2",
	// Stock: pieces that appear or are missing in the books are sold twice (S1), or refused
	// to others (S2).
	"C1", "S1", "S2",
	// What users could spend follows from all charges.
	"B1",
	// A value below zero follows from any of these.
	"C6",
}

// causeOf ranks a verdict, from 0: of several that are violated, the one with the lowest
// number is probably the cause. A rule that causes does not list comes last. A stock
// below zero that the books explain follows from what was sold: it ranks as C6.
func causeOf(v Verdict) int {
	rule := v.Rule
	if rule == "C1" && v.Worst != nil && strings.HasSuffix(v.Worst.Says, stockBelowZero) {
		rule = "C6"
	}
	if i := slices.Index(causes, rule); i >= 0 {
		return i
	}
	return math.MaxInt
}

// totals are rules about a user or a product as a whole. They follow from what
// happened to any purchase of it; other rules only from what happened to the same one.
var totals = []string{"S1", "S2", "B1", "C1", "C2", "C6"}

// Violated returns the violated verdicts, the probable cause first.
func (r Report) Violated() []Verdict {
	list := slices.DeleteFunc(slices.Clone(r.Verdicts), func(v Verdict) bool { return v.Answer != Violated })
	slices.SortStableFunc(list, func(a, b Verdict) int { return cmp.Compare(causeOf(a), causeOf(b)) })
	return list
}

// Shown returns the verdicts in the order in which they are shown: those that are
// violated with the probable cause first, those that are unknown, of which the
// required ones go first, those that are not exercised, and those that hold.
func (r Report) Shown() []Verdict {
	list := r.Violated()
	for _, fits := range []func(Verdict) bool{
		Verdict.IsOpen,
		func(v Verdict) bool { return v.Answer == Unknown && !v.IsOpen() },
		func(v Verdict) bool { return v.Answer == NotExercised },
		func(v Verdict) bool { return v.Answer == Holds },
	} {
		for _, v := range r.Verdicts {
			if fits(v) {
				list = append(list, v)
			}
		}
	}
	return list
}

// Explanation says which of several violated rules is probably the first, and what may
// follow from it: "probably first: C4; what may follow from it: B1; beside it: C7". A
// rule may follow when its counterexamples share a key, an order or an operation with
// those of the first one, or of another that may follow; a rule about totals also when
// they share a user or a product. When none does, all stand side by side. It returns ""
// when fewer than two rules are violated.
func (r Report) Explanation() string {
	list := r.Violated()
	if len(list) < 2 {
		return ""
	}
	about := list[0].subjects()
	var follow, beside []string
	for _, v := range list[1:] {
		s, total := v.subjects(), slices.Contains(totals, v.Rule)
		switch {
		case !s.meets(about, total):
			beside = append(beside, v.Rule)
			continue
		case !total: // the orders of a total are of many purchases
			about.add(s)
		}
		follow = append(follow, v.Rule)
	}
	if len(follow) == 0 {
		return "violated side by side: " + strings.Join(append([]string{list[0].Rule}, beside...), ", ")
	}
	text := fmt.Sprintf("probably first: %s; what may follow from it: %s", list[0].Rule, strings.Join(follow, ", "))
	if len(beside) > 0 {
		text += "; beside it: " + strings.Join(beside, ", ")
	}
	return text
}

// subjects are what counterexamples are about.
type subjects struct {
	purchases map[string]bool // keys, orders and operations
	owners    map[string]bool // users and products
}

// owner matches a user or a product in a counterexample's text, whose id may be a text, and
// ownerEnds is what may follow the id without a space.
var owner = regexp.MustCompile(`\b(?:user|product) \S+`)

const ownerEnds = ".,;:)"

// subjects collects what the verdict's counterexamples are about.
func (v Verdict) subjects() subjects {
	s := subjects{map[string]bool{}, map[string]bool{}}
	for _, c := range []*Counterexample{v.First, v.Worst, v.Last} {
		if c == nil {
			continue
		}
		s.purchases["key "+c.Key], s.purchases["order "+c.OrderID] = true, true
		texts := append([]string{c.Says, c.Formula}, c.State...)
		for _, a := range c.Attempts {
			s.purchases["key "+a.Key], s.purchases["order "+a.OrderID] = true, true
			s.purchases[fmt.Sprintf("operation %d of %s", a.Operation, a.Stage)] = a.Operation >= 0
			texts = append(texts, a.Payload)
		}
		for _, t := range texts {
			for _, name := range owner.FindAllString(t, -1) {
				s.owners[strings.TrimRight(name, ownerEnds)] = true
			}
			for _, id := range uuid.FindAllString(t, -1) {
				s.purchases["order "+id], s.purchases["key "+id] = true, true
			}
		}
	}
	delete(s.purchases, "key ")
	delete(s.purchases, "order ")
	return s
}

// meets reports whether s and t have a purchase in common, or with owners a user or a
// product.
func (s subjects) meets(t subjects, owners bool) bool {
	return share(s.purchases, t.purchases) || owners && share(s.owners, t.owners)
}

// add adds the subjects of t.
func (s subjects) add(t subjects) {
	for name, is := range t.purchases {
		s.purchases[name] = s.purchases[name] || is
	}
	for name, is := range t.owners {
		s.owners[name] = s.owners[name] || is
	}
}

// share reports whether a name is in both.
func share(a, b map[string]bool) bool {
	for name, is := range a {
		if is && b[name] {
			return true
		}
	}
	return false
}

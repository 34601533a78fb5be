package audit

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"sagalab/pkg/internal/audit/history"
)

// Bounds of CheckLinearizability.
const (
	// MaxSearch is the longest that the search may take, all resources together.
	MaxSearch = 5 * time.Second
	// MaxSearched is how many purchases of one resource are searched; the time that a
	// search takes can double with each.
	MaxSearched = 500
	// MaxViewed is how many purchases View draws at most.
	MaxViewed = 300
)

// LinearizabilityResult is what a search says of one resource.
type LinearizabilityResult struct {
	// Resource is "stock of product 1" or "money of user 2".
	Resource  string `json:"account"`
	Purchases int    `json:"purchases"`
	Answer    Answer `json:"answer"`
	// Reason says why the answer is Unknown or NotExercised.
	Reason string `json:"reason,omitempty"`
	view   func(io.Writer) error
}

// ErrNoView is returned by View for a result without a drawing.
var ErrNoView = errors.New("the search was too large to be drawn, or there was none")

// View writes the search as a page of HTML: what could be put in an order, and
// where that ended. It returns ErrNoView for more than MaxViewed purchases.
func (l LinearizabilityResult) View(w io.Writer) error {
	if l.view == nil {
		return ErrNoView
	}
	return l.view(w)
}

// CheckLinearizability asks Porcupine whether the purchases of each product and of
// each user can be put in an order that explains all answers. limit bounds the
// search; 0 and more than MaxSearch mean MaxSearch. It considers less than the rules
// do, above all of time, and answers unknown where the search does not end.
//
// The model is not the strict sequential one, which calls correct sagas illegal:
// a refused purchase may have held what it asked for and given it back before it
// was answered, which makes refusals of others legal meanwhile. An unclear one may
// or may not have happened, at any time after it was sent, and may have been taken
// back at any time after that.
func CheckLinearizability(e Evidence, o Options, limit time.Duration) (list []LinearizabilityResult) {
	m := history.New(e, o)
	if limit <= 0 || limit > MaxSearch {
		limit = MaxSearch
	}
	var contested []*resource
	ask := func(what string, pools []resource, unknown string) {
		for i := range pools {
			r := &pools[i]
			op := LinearizabilityResult{Resource: fmt.Sprintf("%s %d", what, r.id), Purchases: len(r.debits)}
			op.Answer, op.Reason = whyNotSearched(m, r, unknown)
			if op.Answer != "" {
				r = nil
			}
			list, contested = append(list, op), append(contested, r)
		}
	}
	ask("stock of product", stockByProduct(m), m.StockUnknown)
	ask("money of user", balanceByUser(m), m.BalanceUnknown)
	share := limit / time.Duration(max(1, countContested(contested)))
	for i, r := range contested {
		if r != nil {
			searchOrder(m, r, share, &list[i])
		}
	}
	return list
}

// countContested counts the resources that are searched.
func countContested(resources []*resource) int {
	n := 0
	for _, r := range resources {
		if r != nil {
			n++
		}
	}
	return n
}

// whyNotSearched returns the answer for a resource that need not or cannot be
// searched, "" for one that is.
func whyNotSearched(m *history.Model, r *resource, unknown string) (Answer, string) {
	total, several, left := history.Sum{}, false, false
	for _, d := range r.debits {
		several, left = several || d.extra > 0, left || d.left > 0
		if d.effect == history.TookEffect {
			total.Add(d.amount)
		}
	}
	switch {
	case m.MixedServices() != "":
		return Unknown, m.MixedServices()
	case unknown != "":
		return Unknown, unknown
	case r.unknown != "" || r.refusalsUnknown != "":
		return Unknown, r.unknown + r.refusalsUnknown
	case whyRefusalsUnjudged(m) != "":
		return Unknown, whyRefusalsUnjudged(m)
	case r.moved != "":
		return Unknown, r.moved
	case r.claimed != "":
		return Unknown, r.claimed
	case several:
		return Unknown, "the state has several orders of one purchase, which the search does not consider"
	case left:
		return Unknown, "purchases took steps, and what these may have left is not considered by the search"
	case r.denied == 0 && total.Value <= r.initial:
		return NotExercised, "nothing was refused for lack of it, and all that was confirmed fits"
	case len(r.debits) > MaxSearched:
		return Unknown, fmt.Sprintf("%d purchases are too many for the search, which takes at most %d", len(r.debits), MaxSearched)
	}
	return "", ""
}

// searchOrder searches for an order of the debits that explains all answers, and
// sets the answer.
func searchOrder(m *history.Model, r *resource, limit time.Duration, o *LinearizabilityResult) {
	model := r.model()
	history := operations(m, r)
	var result porcupine.CheckResult
	if o.Purchases <= MaxViewed {
		var info porcupine.LinearizationInfo
		result, info = porcupine.CheckOperationsVerbose(model, history, limit)
		o.view = func(out io.Writer) error { return porcupine.Visualize(model, info, out) }
	} else {
		result = porcupine.CheckOperationsTimeout(model, history, limit)
	}
	switch result {
	case porcupine.Ok:
		o.Answer = Holds
	case porcupine.Illegal:
		o.Answer = Violated
	default:
		o.Answer, o.Reason = Unknown, fmt.Sprintf("the search did not end within %s", limit)
	}
}

// searchMove is what an operation of the search does.
type searchMove struct {
	kind     moveKind
	amount   int64
	purchase int32
	words    string
}

type moveKind uint8

const (
	take    moveKind = iota // takes, for sure
	deny                    // finds too little
	hold                    // takes, or does not
	release                 // gives back what hold took
	settle                  // gives back what hold took, or does not
)

var moveNames = [...]string{"takes", "finds less than", "perhaps takes", "gives back", "perhaps gives back"}

// operations lists the debits as the search wants them.
func operations(m *history.Model, r *resource) []porcupine.Operation {
	var list []porcupine.Operation
	add := func(d *debit, kind moveKind, to int64) {
		m := searchMove{kind, d.amount, d.purchase, describePurchase(m, &m.Purchases[d.purchase])}
		list = append(list, porcupine.Operation{ClientId: len(list), Input: m, Call: d.from, Return: max(d.from, to)})
	}
	for i := range r.debits {
		switch d := &r.debits[i]; {
		case d.effect == history.TookEffect:
			add(d, take, d.to)
		case d.effect == history.EffectOpen:
			add(d, hold, math.MaxInt64)
			add(d, settle, math.MaxInt64)
		case d.denied:
			add(d, deny, m.Purchases[d.purchase].RefusedAt)
		}
		if d := &r.debits[i]; d.holds {
			add(d, hold, d.to)
			add(d, release, d.to)
		}
	}
	return list
}

// resourceState is a state of the search: the amount left, and by purchase which
// holds are open (+) or did not take anything (−), so that each release comes after
// its hold.
type resourceState struct {
	amount int64
	holds  string
}

// model returns the resource as a sequential, nondeterministic object.
func (r *resource) model() porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{resourceState{amount: r.initial}} },
		Step: func(state, input, _ any) []any { return state.(resourceState).after(input.(searchMove)) },
		DescribeOperation: func(input, _ any) string {
			m := input.(searchMove)
			return fmt.Sprintf("%s: %s %d", m.words, moveNames[m.kind], m.amount)
		},
		DescribeState: func(state any) string { return fmt.Sprint(state) },
	}
	return m.ToModel()
}

// after lists the states that a move can lead to, none when it is impossible.
func (s resourceState) after(m searchMove) []any {
	enough := s.amount >= m.amount
	less := resourceState{s.amount - m.amount, s.holds}
	took, skipped := fmt.Sprintf("+%d;", m.purchase), fmt.Sprintf("-%d;", m.purchase)
	switch {
	case m.kind == take && enough:
		return []any{less}
	case m.kind == deny && !enough:
		return []any{s}
	case m.kind == hold && enough:
		return []any{resourceState{s.amount, s.holds + skipped}, resourceState{less.amount, s.holds + took}}
	case m.kind == hold:
		return []any{resourceState{s.amount, s.holds + skipped}}
	case m.kind != release && m.kind != settle:
		return nil
	case strings.Contains(s.holds, skipped):
		return []any{resourceState{s.amount, strings.Replace(s.holds, skipped, "", 1)}}
	case strings.Contains(s.holds, took):
		holds := strings.Replace(s.holds, took, "", 1)
		if m.kind == settle {
			return []any{resourceState{s.amount, holds}, resourceState{s.amount + m.amount, holds}}
		}
		return []any{resourceState{s.amount + m.amount, holds}}
	}
	return nil
}

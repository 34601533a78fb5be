package audit

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// Bounds of a second opinion.
const (
	// MaxSearch is the longest that a second opinion may take, all accounts together.
	MaxSearch = 5 * time.Second
	// MaxSearched is how many purchases of one account are searched; the time that a
	// search takes can double with each.
	MaxSearched = 500
	// MaxViewed is how many may be drawn.
	MaxViewed = 300
)

// Opinion is what a linearizability search says of one account.
type Opinion struct {
	// Account is "stock of product 1" or "money of user 2".
	Account   string `json:"account"`
	Purchases int    `json:"purchases"`
	Answer    Answer `json:"answer"`
	// Reason says why the answer is Unknown or NotExercised.
	Reason string `json:"reason,omitempty"`
	view   func(io.Writer) error
}

// ErrNoView is what View returns for an opinion without a drawing.
var ErrNoView = errors.New("the search was too large to be drawn, or there was none")

// View writes the search as a page of HTML: what could be put in an order, and
// where that ended. It returns ErrNoView for more than MaxViewed purchases.
func (o Opinion) View(w io.Writer) error {
	if o.view == nil {
		return ErrNoView
	}
	return o.view(w)
}

// SecondOpinion asks Porcupine whether the purchases of each product and of each
// user can be put in an order that explains all answers, within limit (0 or more
// than MaxSearch: MaxSearch). It knows less than the rules do, of time and memory
// above all, and answers unknown where it comes to no end.
//
// The model is not the strict sequential one, which calls correct sagas illegal:
// a refused purchase may have held what it asked for and given it back before it
// was answered, which makes refusals of others legal meanwhile. An unclear one may
// or may not have happened, at any time after it was sent, and may have been taken
// back at any time after that.
func SecondOpinion(e Evidence, o Options, limit time.Duration) []Opinion {
	w := newWorld(e, o)
	if limit <= 0 || limit > MaxSearch {
		limit = MaxSearch
	}
	var list []Opinion
	var contested []*account
	ask := func(what string, accounts []account, unknown string) {
		for i := range accounts {
			a := &accounts[i]
			op := Opinion{Account: fmt.Sprintf("%s %d", what, a.id), Purchases: len(a.claims)}
			op.Answer, op.Reason = w.refuses(a, unknown)
			if op.Answer != "" {
				a = nil
			}
			list, contested = append(list, op), append(contested, a)
		}
	}
	ask("stock of product", w.byProduct(), w.noStock)
	ask("money of user", w.byUser(), w.noMoney)
	share := limit / time.Duration(max(1, count(contested)))
	for i, a := range contested {
		if a != nil {
			w.search(a, share, &list[i])
		}
	}
	return list
}

func count(accounts []*account) int {
	n := 0
	for _, a := range accounts {
		if a != nil {
			n++
		}
	}
	return n
}

// refuses is the answer for an account that need not or cannot be searched.
func (w *world) refuses(a *account, unknown string) (Answer, string) {
	total := sum{}
	for _, c := range a.claims {
		if c.fate == done {
			total.add(c.amount)
		}
	}
	switch {
	case w.mixed() != "":
		return Unknown, w.mixed()
	case unknown != "":
		return Unknown, unknown
	case a.unknown != "" || a.vague != "":
		return Unknown, a.unknown + a.vague
	case w.unsureOfOrder() != "":
		return Unknown, w.unsureOfOrder()
	case a.denied == 0 && total.value <= a.initial:
		return NotExercised, "nothing was refused for lack of it, and all that was confirmed fits"
	case len(a.claims) > MaxSearched:
		return Unknown, fmt.Sprintf("%d purchases are too many for a search, which takes at most %d", len(a.claims), MaxSearched)
	}
	return "", ""
}

func (w *world) search(a *account, limit time.Duration, o *Opinion) {
	model := a.model()
	history := w.operations(a)
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
		o.Answer, o.Reason = Unknown, fmt.Sprintf("the search came to no end within %s", limit)
	}
}

// What an operation of the search does.
type move struct {
	kind   moveKind
	amount int64
	deed   int32
	words  string
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

// operations are the account's claims as the search wants them.
func (w *world) operations(a *account) []porcupine.Operation {
	var list []porcupine.Operation
	add := func(c *claim, kind moveKind, to int64) {
		m := move{kind, c.amount, c.deed, w.who(&w.deeds[c.deed])}
		list = append(list, porcupine.Operation{ClientId: len(list), Input: m, Call: c.from, Return: max(c.from, to)})
	}
	for i := range a.claims {
		switch c := &a.claims[i]; {
		case c.fate == done:
			add(c, take, c.to)
		case c.fate == open:
			add(c, hold, math.MaxInt64)
			add(c, settle, math.MaxInt64)
		case c.denied:
			add(c, deny, w.deeds[c.deed].no)
		default:
			add(c, hold, c.to)
			add(c, release, c.to)
		}
	}
	return list
}

// left is a state of the account: what is left, and by deed which holds are open
// (+) or did not take anything (−), so that each release comes after its hold.
type left struct {
	amount int64
	holds  string
}

// model is the account as a sequential, nondeterministic object.
func (a *account) model() porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{left{amount: a.initial}} },
		Step: func(state, input, _ any) []any { return state.(left).after(input.(move)) },
		DescribeOperation: func(input, _ any) string {
			m := input.(move)
			return fmt.Sprintf("%s: %s %d", m.words, moveNames[m.kind], m.amount)
		},
		DescribeState: func(state any) string { return fmt.Sprint(state) },
	}
	return m.ToModel()
}

// after lists the states that a move can lead to, none when it is impossible.
func (s left) after(m move) []any {
	enough := s.amount >= m.amount
	less := left{s.amount - m.amount, s.holds}
	took, skipped := fmt.Sprintf("+%d;", m.deed), fmt.Sprintf("-%d;", m.deed)
	switch {
	case m.kind == take && enough:
		return []any{less}
	case m.kind == deny && !enough:
		return []any{s}
	case m.kind == hold && enough:
		return []any{left{s.amount, s.holds + skipped}, left{less.amount, s.holds + took}}
	case m.kind == hold:
		return []any{left{s.amount, s.holds + skipped}}
	case m.kind != release && m.kind != settle:
		return nil
	case strings.Contains(s.holds, skipped):
		return []any{left{s.amount, strings.Replace(s.holds, skipped, "", 1)}}
	case strings.Contains(s.holds, took):
		holds := strings.Replace(s.holds, took, "", 1)
		if m.kind == settle {
			return []any{left{s.amount, holds}, left{s.amount + m.amount, holds}}
		}
		return []any{left{s.amount + m.amount, holds}}
	}
	return nil
}

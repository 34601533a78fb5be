package purchase

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/retry"
)

// Answers says what answers of a foreign service mean, by Answer.Reason: a problem's code
// ("sold_out") or, without one, "http_<status>" ("http_410"). It takes precedence over the
// contract's own meanings. nil is the contract alone. Only what is answered can be in it:
// a timeout stays what it is, and so does a 2xx with JSON.
type Answers map[string]Meaning

// ParseAnswers reads a list of CODE=MEANING, such as sold_out=no_stock; the error names all
// that are wrong. An empty list gives nil.
func ParseAnswers(list []string) (Answers, error) {
	var answers Answers
	var errs []error
	for _, text := range list {
		code, word, cut := strings.Cut(text, "=")
		meaning, err := ParseMeaning(word)
		if !cut || code == "" {
			err = errors.New("want CODE=MEANING")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%q: %w", text, err))
			continue
		}
		if answers == nil {
			answers = Answers{}
		}
		answers[code] = meaning
	}
	return answers, errors.Join(errs...)
}

// AnswersOf reads answers whose meanings are named; the error names all that are wrong. An
// empty map gives nil.
func AnswersOf(named map[string]string) (Answers, error) {
	list := make([]string, 0, len(named))
	for code, meaning := range named {
		list = append(list, code+"="+meaning)
	}
	slices.Sort(list)
	return ParseAnswers(list)
}

// AnswersIn returns the answers that an adapter reads beside the contract's, nil for none and
// for any adapter but Contract.
func AnswersIn(a Adapter) Answers {
	c, _ := ContractOf(a)
	return c.Answers
}

// Named returns the answers with the names of their meanings, nil when there are none.
func (m Answers) Named() map[string]string {
	if len(m) == 0 {
		return nil
	}
	named := make(map[string]string, len(m))
	for code, meaning := range m {
		named[code] = meaning.String()
	}
	return named
}

// Read reads how an attempt to send r ended, as ReadAnswer does.
func (m Answers) Read(r Request, a retry.Attempt) Answer {
	answer := ReadAnswer(r, a)
	if meaning, known := m.of(a.Status, string(a.Class), answer.Reason); known {
		answer.Meaning = meaning
	}
	return answer
}

// of returns what an answer means by m, if m has it.
func (m Answers) of(status int, class, reason string) (Meaning, bool) {
	if status == 0 || class != "" || reason == "" {
		return MeansUnclear, false
	}
	meaning, known := m[reason]
	return meaning, known
}

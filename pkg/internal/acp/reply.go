package acp

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"sagalab/pkg/retry"
)

// reply is what came of one request of a check.
type reply struct {
	at   retry.Attempt
	err  error // of a request that could not be sent
	body gjson.Result
}

// replyOf reads what came of an operation.
func replyOf(o retry.Operation) reply {
	r := reply{at: o.Last()}
	if len(o.Attempts) == 0 {
		r.err = o.Err
	}
	if gjson.ValidBytes(r.at.Body) {
		r.body = gjson.ParseBytes(r.at.Body)
	}
	return r
}

// ok reports whether the request was done.
func (r reply) ok() bool { return r.err == nil && r.at.OK() }

// failed reports whether nothing can be said: there is no whole answer, or one of 5xx, or the
// merchant turned the request away for its rate.
func (r reply) failed() bool {
	return r.err != nil || r.at.Class != "" || r.at.Status >= 500 || r.at.Status == http.StatusTooManyRequests
}

// id returns the id of the checkout, order that of its order, "" without one.
func (r reply) id() string    { return r.body.Get("id").String() }
func (r reply) order() string { return orderOf(r.body) }

// is reports whether it is the error of a status with a code.
func (r reply) is(status int, code string) bool {
	return r.err == nil && r.at.Class == "" && r.at.Status == status && r.body.Get("code").String() == code
}

// inFlight reports whether it says that the original request is still in flight.
func (r reply) inFlight() bool { return r.is(http.StatusConflict, codeInFlight) }

// isOfKey reports whether it refuses the key, because of another request under it.
func (r reply) isOfKey() bool {
	return r.inFlight() || r.is(http.StatusUnprocessableEntity, codeConflict)
}

// retryAfter returns the wait that it asks for, and whether it does so in seconds.
func (r reply) retryAfter() (time.Duration, bool) {
	n, err := strconv.ParseUint(r.at.Header.Get("Retry-After"), 10, 31)
	return time.Duration(n) * time.Second, err == nil
}

// String describes it in a few words.
func (r reply) String() string {
	if r.err != nil {
		return r.err.Error()
	}
	if r.at.Class != "" {
		return r.at.String()
	}
	words := []string{fmt.Sprintf("HTTP %d", r.at.Status)}
	for _, path := range []string{"code", "status", "id", "order.id"} {
		if v := r.body.Get(path).String(); v != "" {
			words = append(words, shortened(v))
		}
	}
	if r.at.Replayed {
		words = append(words, "(replayed)")
	}
	return strings.Join(words, " ")
}

// shortened returns a text of at most 40 characters.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:39]) + "…"
	}
	return text
}

// differsFrom says why it is not a replay of the original, "" when it is.
func (r reply) differsFrom(original reply) string {
	switch {
	case r.err == nil && r.at.Class == "" && r.at.Status != original.at.Status:
		return fmt.Sprintf("the original status is %d, that of the repeat %d", original.at.Status, r.at.Status)
	case !Equal(r.at.Body, original.at.Body):
		return "the repeat has another body than the original" + at(difference(original.body, r.body, "$"))
	}
	return ""
}

// at names a place in a body.
func at(place string) string {
	if place == "" {
		return ""
	}
	return ", at " + place
}

// difference returns a path to the first place at which two values differ, "" when there is
// none.
func difference(a, b gjson.Result, path string) (found string) {
	if a.Type != gjson.JSON || b.Type != gjson.JSON || a.IsArray() != b.IsArray() {
		if Equal([]byte(a.Raw), []byte(b.Raw)) {
			return ""
		}
		return path
	}
	if a.IsArray() {
		return arrayDifference(a.Array(), b.Array(), path)
	}
	one, other := a.Map(), b.Map()
	for name := range other {
		if _, both := one[name]; !both {
			return path + "." + name
		}
	}
	a.ForEach(func(name, value gjson.Result) bool {
		found = difference(value, other[name.String()], path+"."+name.String())
		return found == ""
	})
	return found
}

// arrayDifference is difference of two arrays.
func arrayDifference(a, b []gjson.Result, path string) string {
	if len(a) != len(b) {
		return path
	}
	for i := range a {
		if found := difference(a[i], b[i], fmt.Sprintf("%s[%d]", path, i)); found != "" {
			return found
		}
	}
	return ""
}

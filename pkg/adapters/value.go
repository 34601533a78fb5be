package adapters

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"sagalab/pkg/purchase"
)

// value says where a value stands in an answer. The zero value is none.
type value struct {
	path   template
	header string // the name of a header instead
	after  string // the value begins after the last one of these
	before string // and ends before the first one of these
	minus  template
	times  int64 // 0 for 1
	set    bool
}

// readValue reads a value: a path, or a mapping.
func (n node) readValue(s scope) (v value) {
	v.set = true
	if !n.isMapping() {
		v.path = n.gjson(s)
		return v
	}
	hasPath := false
	n.fields(map[string]func(node){
		"path":   func(n node) { hasPath = true; v.path = n.gjson(s) },
		"minus":  func(n node) { v.minus = n.gjson(s) },
		"after":  func(n node) { v.after, _ = n.plain() },
		"before": func(n node) { v.before, _ = n.plain() },
		"times":  func(n node) { v.times = n.integer(1, 1_000_000_000) },
		"header": func(n node) { v.header = n.headerName() },
	})
	switch {
	case !hasPath && v.header == "":
		n.fault("has no path, want such as {path: total, times: 100}")
	case hasPath && v.header != "":
		n.fault("has a path and a header: want one of them")
	}
	return v
}

// headerName returns n as the name of a header.
func (n node) headerName() string {
	text, ok := n.text()
	if ok && (text == "" || !isToken(text)) {
		n.fault("%q is no name of a header", clip(text))
		return ""
	}
	return text
}

// maxPath is the longest path, in bytes.
const maxPath = 1000

// gjson reads a path of gjson; the empty text with a fault for what is none.
func (n node) gjson(s scope) template {
	text, ok := n.text()
	if !ok {
		return template{}
	}
	t, _ := n.compilePath(text, s)
	return t
}

// compilePath makes a template of a path of gjson.
func (n node) compilePath(text string, s scope) (template, bool) {
	switch {
	case strings.TrimSpace(text) == "":
		n.fault("the path is empty: want a path of gjson such as order.id, or @this for the whole")
		return template{}, false
	case len(text) > maxPath:
		n.fault("the path has %d bytes, want at most %d", len(text), maxPath)
		return template{}, false
	}
	return n.compile(text, s, new(gjsonPath))
}

// errNone reports that an answer has no value.
var errNone = errors.New("there is none in the answer")

// find returns the value in JSON, for messages with its path.
func find(json gjson.Result, t template, in *inputs) (gjson.Result, string, error) {
	path, err := t.text(in)
	if err != nil {
		return gjson.Result{}, path, fmt.Errorf("the path: %w", err)
	}
	return json.Get(path), path, nil
}

// text returns the value as a text, "" for one that is missing or null, which may be a part
// of the answer (answerOf). The error says that it is an object or a list.
func (v *value) text(a *answer, in *inputs) (string, error) {
	if v.header != "" {
		for _, text := range a.header.Values(v.header) {
			if text = v.cut(text); text != "" {
				return text, nil
			}
		}
		return "", nil
	}
	r, path, err := find(a.json, v.path, in)
	if err != nil {
		return "", err
	}
	text, err := scalar(r)
	if err != nil {
		return "", fmt.Errorf("the value at %q %w", path, err)
	}
	return v.cut(text), nil
}

// cut returns what is after the last v.after in a text, and of that what is before the first
// v.before; "" without them.
func (v *value) cut(text string) string {
	if v.after != "" {
		i := strings.LastIndex(text, v.after)
		if i < 0 {
			return ""
		}
		text = text[i+len(v.after):]
	}
	if v.before == "" {
		return text
	}
	text, _, found := strings.Cut(text, v.before)
	if !found {
		return ""
	}
	return text
}

// scalar returns a value of JSON as a text, "" for null and for none.
func scalar(r gjson.Result) (string, error) {
	switch r.Type {
	case gjson.Null:
		return "", nil
	case gjson.Number:
		if r.Raw != "" {
			return r.Raw, nil
		}
		return r.String(), nil // a count
	case gjson.JSON:
		return "", errors.New("is an object or a list")
	}
	return r.String(), nil
}

// number returns the value as an integer, × times; errNone when it is missing or null.
func (v *value) number(a *answer, in *inputs) (int64, error) {
	text, err := v.text(a, in)
	if err != nil {
		return 0, err
	}
	if text == "" {
		return 0, errNone
	}
	n, err := multiply(text, max(1, v.times))
	if err != nil || v.minus.isEmpty() {
		return n, err
	}
	r, path, err := find(a.json, v.minus, in)
	if err != nil {
		return 0, err
	}
	if r.Exists() && r.Type == gjson.Null { // nothing to take away
		return n, nil
	}
	less, err := scalar(r)
	if err != nil || less == "" {
		return 0, fmt.Errorf("minus: there is no number at %q in the answer", path)
	}
	m, err := multiply(less, max(1, v.times))
	if err == nil && (m < 0 && n > math.MaxInt64+m || m > 0 && n < math.MinInt64+m) {
		err = fmt.Errorf("%s minus %s is beyond 2⁶³", text, less)
	}
	return n - m, err
}

// isEmpty reports whether t is the empty text.
func (t template) isEmpty() bool { return t.end == "" && len(t.segments) == 0 }

// maxNumber is the longest number that is read, in characters.
const maxNumber = 40

// multiply returns a decimal number × times, which has to be an integer.
func multiply(text string, times int64) (int64, error) {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > -1<<31 && n < 1<<31 {
		return n * times, nil
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	e, err := strconv.Atoi(exponent)
	if exponent == "" {
		e, err = 0, nil
	}
	if err != nil || len(text) > maxNumber || e > maxNumber || e < -maxNumber || mantissa == "" || strings.Trim(mantissa, "+-.0123456789") != "" {
		return 0, fmt.Errorf("%q is no decimal number", clip(text))
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, fmt.Errorf("%q is no decimal number", clip(text))
	}
	r.Mul(r, new(big.Rat).SetInt64(times))
	switch {
	case !r.IsInt():
		return 0, fmt.Errorf("%s × %d is no integer: set times: to the minor units of one, such as times: 100 for cents", text, times)
	case !r.Num().IsInt64():
		return 0, fmt.Errorf("%s × %d is beyond 2⁶³", text, times)
	}
	return r.Num().Int64(), nil
}

// statusOf reads the name of an order's status.
func statusOf(text string) (purchase.Status, bool) {
	switch s := purchase.Status(strings.ToUpper(text)); s {
	case purchase.Pending, purchase.Compensating, purchase.Confirmed, purchase.Cancelled:
		return s, true
	}
	return "", false
}

package adapters

import (
	"slices"
	"strconv"
	"strings"

	"sagalab/pkg/purchase"
)

// variable is what a template can put into a text.
type variable uint8

const (
	userVariable variable = iota
	productVariable
	quantityVariable
	methodVariable
	keyVariable
	attemptVariable
	orderVariable
	afterVariable
	limitVariable
	keptVariable // of which there are several (segment.kept)
)

var variableNames = [...]string{"User", "Product", "Quantity", "Method", "Key", "Attempt", "Order", "After", "Limit", "Keep.NAME"}

// varPrefix begins the names of variables of the environment in a template, keptPrefix those of
// values that an earlier answer had.
const (
	varPrefix  = "Var."
	keptPrefix = "Keep."
)

// isNumber reports whether the value of v is always a number, as opposed to a text.
func (v variable) isNumber() bool {
	return v == quantityVariable || v == attemptVariable || v == limitVariable
}

// isOptional reports whether v may have no value: a purchase without a key, the first page of
// a list.
func (v variable) isOptional() bool { return v == keyVariable || v == afterVariable }

// isID reports whether the value of v is an id: a number or another text.
func (v variable) isID() bool {
	return v == userVariable || v == productVariable || v == methodVariable || v == orderVariable || v == keptVariable
}

// scope is which variables have a value in a template.
type scope []variable

var (
	callScope    = scope{userVariable, productVariable, quantityVariable, methodVariable, keyVariable, attemptVariable, keptVariable}
	laterScope   = append(callScope[:len(callScope):len(callScope)], orderVariable)
	pageScope    = scope{afterVariable, limitVariable}
	orderScope   = scope{orderVariable}
	productScope = scope{productVariable}
	userScope    = scope{userVariable}
	noScope      = scope{}
)

// has reports whether v has a value.
func (s scope) has(v variable) bool { return slices.Contains(s, v) }

// names lists what may stand in a template, for messages.
func (s scope) names() string {
	var names []string
	for _, v := range s {
		names = append(names, "{{."+variableNames[v]+"}}")
	}
	return strings.Join(append(names, "{{.Var.NAME}}"), ", ")
}

// find returns the variable of a name, without its dot.
func (s scope) find(name string) (variable, bool) {
	i := slices.Index(variableNames[:], name)
	return variable(max(0, i)), i >= 0 && s.has(variable(i))
}

// inputs are the values of variables.
type inputs struct {
	call  purchase.Call
	after string
	limit int
}

// append appends the value of v as it is.
func (in *inputs) append(b []byte, v variable) []byte {
	switch v {
	case userVariable:
		return appendID(b, in.call.Purchase.UserID)
	case productVariable:
		return appendID(b, in.call.Purchase.ProductID)
	case quantityVariable:
		return strconv.AppendInt(b, in.call.Purchase.Quantity, 10)
	case methodVariable:
		return appendID(b, in.call.Purchase.PaymentMethodID)
	case keyVariable:
		return append(b, in.call.Key...)
	case attemptVariable:
		return strconv.AppendInt(b, int64(in.call.Attempt), 10)
	case orderVariable:
		return append(b, in.call.Order...)
	case afterVariable:
		return append(b, in.after...)
	}
	return strconv.AppendInt(b, int64(in.limit), 10)
}

// appendNullable appends the value of v as a string of JSON, null when it is empty.
func (in *inputs) appendNullable(b []byte, v variable) []byte {
	start := len(b) + 1
	b = in.append(append(b, '"'), v)
	if len(b) == start {
		return append(b[:start-1], "null"...)
	}
	return append(escapeJSON(b, start), '"')
}

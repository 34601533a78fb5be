package purchase

import (
	"fmt"
	"net/http"

	"sagalab/pkg/internal/printable"
)

// Code is a word for why a purchase was not confirmed.
type Code string

// The codes of the contract.
const (
	InsufficientBalance  Code = "insufficient_balance"
	OutOfStock           Code = "out_of_stock"
	InProgress           Code = "in_progress"
	KeyReused            Code = "key_reused"
	Busy                 Code = "busy" // of PUT /lab/scenario: another run is active
	Malformed            Code = "malformed"
	UnknownUser          Code = "unknown_user"
	UnknownProduct       Code = "unknown_product"
	UnknownPaymentMethod Code = "unknown_payment_method"
	UnknownOrder         Code = "unknown_order"
	NotFound             Code = "not_found"
	TooLarge             Code = "too_large"
	UnsupportedMedia     Code = "unsupported_media_type"
	MethodNotAllowed     Code = "method_not_allowed"
	FailedDependency     Code = "failed_dependency" // a part of the service did not answer
	Overloaded           Code = "overloaded"
	Internal             Code = "internal"
)

var statusOf = map[Code]int{
	InsufficientBalance:  http.StatusPaymentRequired,
	OutOfStock:           http.StatusConflict,
	InProgress:           http.StatusConflict,
	KeyReused:            http.StatusUnprocessableEntity,
	Busy:                 http.StatusConflict,
	Malformed:            http.StatusBadRequest,
	UnknownUser:          http.StatusNotFound,
	UnknownProduct:       http.StatusNotFound,
	UnknownPaymentMethod: http.StatusNotFound,
	UnknownOrder:         http.StatusNotFound,
	NotFound:             http.StatusNotFound,
	TooLarge:             http.StatusRequestEntityTooLarge,
	UnsupportedMedia:     http.StatusUnsupportedMediaType,
	MethodNotAllowed:     http.StatusMethodNotAllowed,
	FailedDependency:     http.StatusFailedDependency,
	Overloaded:           http.StatusServiceUnavailable,
	Internal:             http.StatusInternalServerError,
}

// Status returns the HTTP status that goes with c, 500 for an unknown code.
func (c Code) Status() int {
	if s, ok := statusOf[c]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// ProblemType is the media type of a Problem (RFC 9457).
const ProblemType = "application/problem+json"

// Problem is the body of every answer that is not a success, an RFC 9457
// problem with the members code and, once there is an order, order_id.
type Problem struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Status  int    `json:"status"`
	Detail  string `json:"detail,omitempty"`
	Code    Code   `json:"code"`
	OrderID string `json:"order_id,omitempty"`
}

// NewProblem returns the problem for code, with a sentence of detail for people.
func NewProblem(code Code, detail string) Problem {
	return Problem{
		Type: "about:blank", Title: http.StatusText(code.Status()),
		Status: code.Status(), Detail: detail, Code: code,
	}
}

// Error makes a Problem usable as an error. Control characters of the service are
// escaped.
func (p Problem) Error() string {
	return printable.Line(fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail))
}

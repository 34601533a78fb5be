package httpio

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"sagalab/pkg/purchase"
)

// retryAfter is the Retry-After of refusals that may pass, in seconds.
const retryAfter = "1"

// WriteJSON answers with v as JSON. v must be a value that marshals.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	write(w, status, "application/json", v)
}

// WriteProblem answers with a problem of the contract.
func WriteProblem(w http.ResponseWriter, p purchase.Problem) {
	if p.Code == purchase.InProgress || p.Code == purchase.Overloaded || p.Code == purchase.Busy {
		w.Header().Set("Retry-After", retryAfter)
	}
	write(w, p.Status, purchase.ProblemType, p)
}

func write(w http.ResponseWriter, status int, mediaType string, v any) {
	body, err := json.Marshal(v)
	if err != nil { // only values of package purchase come here, and they marshal
		panic(err)
	}
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(body) // a client that is gone has to ask again anyway
}

// HandlerFunc answers a request, or returns why it cannot: a Problem is sent as it
// is, any other error as an internal one, with the cause in the log.
type HandlerFunc func(w http.ResponseWriter, r *http.Request) error

// Logging returns h as an http.Handler that logs unexpected errors to logger.
func (h HandlerFunc) Logging(logger *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		var p purchase.Problem
		switch {
		case err == nil:
		case errors.As(err, &p):
			WriteProblem(w, p)
		default:
			logger.Error("a request failed", "method", r.Method, "path", r.URL.Path, "error", err)
			WriteProblem(w, purchase.NewProblem(purchase.Internal, "the service could not do it now; ask again later"))
		}
	})
}

// Malformed returns the problem of a request that cannot be parsed.
func Malformed(err error) error {
	return purchase.NewProblem(purchase.Malformed, singleLine(err))
}

// singleLine puts joined errors on one line of bounded length.
func singleLine(err error) string {
	const maxLength = 300
	text := []rune(strings.ReplaceAll(err.Error(), "\n", "; "))
	if len(text) > maxLength {
		return string(text[:maxLength]) + "…"
	}
	return string(text)
}

// RefusalDetail explains why an order was cancelled.
func RefusalDetail(o purchase.Order) string {
	switch o.Reason {
	case purchase.FailedDependency:
		return "the stock or the payments did not answer; the purchase was compensated"
	case purchase.InsufficientBalance:
		return fmt.Sprintf("the balance of user %d does not cover %d; the purchase was compensated", o.UserID, o.Amount)
	}
	return fmt.Sprintf("product %d has fewer than %d in stock; the purchase was compensated", o.ProductID, o.Quantity)
}

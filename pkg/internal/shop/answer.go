package shop

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"sagalab/pkg/purchase"
)

// retryAfter is what refused clients are told to wait, in seconds.
const retryAfter = "1"

// answer sends v as JSON.
func answer(w http.ResponseWriter, status int, v any) {
	send(w, status, "application/json", v)
}

// refuse sends a problem of the contract.
func refuse(w http.ResponseWriter, p purchase.Problem) {
	if p.Code == purchase.InProgress || p.Code == purchase.Overloaded {
		w.Header().Set("Retry-After", retryAfter)
	}
	send(w, p.Status, purchase.ProblemType, p)
}

func send(w http.ResponseWriter, status int, mediaType string, v any) {
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

// handler is a handler that answers, or returns why it cannot: a Problem is sent
// as it is, any other error as an internal one that the log explains.
type handler func(w http.ResponseWriter, r *http.Request) error

func (s *Shop) answering(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		var p purchase.Problem
		switch {
		case err == nil:
		case errors.As(err, &p):
			refuse(w, p)
		default:
			s.logger.Error("a request failed", "method", r.Method, "path", r.URL.Path, "error", err)
			refuse(w, purchase.NewProblem(purchase.Internal, "the service could not do it now; ask again later"))
		}
	})
}

func malformed(err error) error {
	return purchase.NewProblem(purchase.Malformed, sentence(err))
}

// sentence puts joined errors on one line, which it keeps readable.
func sentence(err error) string {
	const most = 300
	text := []rune(strings.ReplaceAll(err.Error(), "\n", "; "))
	if len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}

// recovering answers a panic with an internal problem when nothing has been sent.
func recovering(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		watched := &watcher{ResponseWriter: w}
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler || watched.begun {
				panic(http.ErrAbortHandler) // the connection breaks, quietly
			}
			logger.Error("a request panicked", "method", r.Method, "path", r.URL.Path, "panic", cause, "stack", string(debug.Stack()))
			refuse(w, purchase.NewProblem(purchase.Internal, "the service failed at this request"))
		}()
		next.ServeHTTP(watched, r)
	})
}

// watcher knows whether an answer has begun.
type watcher struct {
	http.ResponseWriter
	begun bool
}

func (w *watcher) WriteHeader(status int) {
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *watcher) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *watcher) Unwrap() http.ResponseWriter { return w.ResponseWriter }

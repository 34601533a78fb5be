package httpio

import (
	"log/slog"
	"net/http"
	"runtime/debug"

	"sagalab/pkg/purchase"
)

// RecoverPanics answers a panic of next with an internal problem. When an answer has
// begun, it aborts the connection.
func RecoverPanics(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tracked := &startTracker{ResponseWriter: w}
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler || tracked.started {
				panic(http.ErrAbortHandler) // net/http closes the connection and logs nothing
			}
			logger.Error("a request panicked", "method", r.Method, "path", r.URL.Path, "panic", cause, "stack", string(debug.Stack()))
			WriteProblem(w, purchase.NewProblem(purchase.Internal, "the service failed at this request"))
		}()
		next.ServeHTTP(tracked, r)
	})
}

// startTracker records whether an answer has begun.
type startTracker struct {
	http.ResponseWriter
	started bool
}

func (t *startTracker) WriteHeader(status int) {
	t.started = true
	t.ResponseWriter.WriteHeader(status)
}

func (t *startTracker) Write(b []byte) (int, error) {
	t.started = true
	return t.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (t *startTracker) Unwrap() http.ResponseWriter { return t.ResponseWriter }

package shop_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"

	"sagalab/pkg/internal/shop/remote"
)

// What failingCalls does to a call.
const (
	replyLost   = "reply lost"    // the participant acts, and the connection ends
	replyHangs  = "reply hangs"   // the participant acts, and the client runs into its timeout
	twice       = "twice"         // the participant acts twice, at once
	twiceLate   = "twice, late"   // as replyHangs; it acts again, and answers, once the order's refund was answered
	unavailable = "unavailable"   // 503 before the participant sees it
	requestLost = "request lost"  // the connection ends before the participant sees it
	held        = "until release" // as replyLost, once a release was answered
)

// failure is what is done to a call of the order that came as the number-th, from 1.
type failure struct {
	number  int
	call    string // such as charge
	attempt int
	how     string
}

// failingCalls stands before the calls of both participants. It is safe for concurrent use.
type failingCalls struct {
	mu       sync.Mutex
	failures []failure
	number   map[string]int           // by order
	attempts map[string]int           // by order and call
	answered map[string]chan struct{} // see ended
	done     int                      // failures that happened
}

func newFailingCalls() *failingCalls {
	f := &failingCalls{}
	f.expect()
	return f
}

// expect begins anew with other failures.
func (f *failingCalls) expect(failures ...failure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failures, f.done = failures, 0
	f.number, f.attempts, f.answered = map[string]int{}, map[string]int{}, map[string]chan struct{}{}
}

// happened returns how many of the expected failures happened.
func (f *failingCalls) happened() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.done
}

// before returns the handler before a participant's.
func (f *failingCalls) before(_ string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		act := func() *httptest.ResponseRecorder {
			again := r.Clone(r.Context())
			again.Body = io.NopCloser(bytes.NewReader(body))
			got := httptest.NewRecorder()
			next.ServeHTTP(got, again)
			return got
		}
		order, call := r.Header.Get(remote.OrderHeader), r.URL.Path[1:]
		f.do(f.failureOf(order, call), order, w, r, act)
		f.reached(order + " " + call)
		f.reached(call)
	})
}

// reached marks that a call was answered.
func (f *failingCalls) reached(what string) {
	ended := f.ended(what)
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case <-ended:
	default:
		close(ended)
	}
}

// ended returns what is closed once a call was answered: "charge" of any order, or that of one
// order with its id before it.
func (f *failingCalls) ended(what string) chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.answered[what] == nil {
		f.answered[what] = make(chan struct{})
	}
	return f.answered[what]
}

// failureOf counts a call and returns what is to be done to it, "" for nothing.
func (f *failingCalls) failureOf(order, call string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.number[order] == 0 {
		f.number[order] = len(f.number) + 1
	}
	f.attempts[order+call]++
	for _, x := range f.failures {
		if x.number == f.number[order] && x.call == call && x.attempt == f.attempts[order+call] {
			f.done++
			return x.how
		}
	}
	return ""
}

func (f *failingCalls) do(how, order string, w http.ResponseWriter, r *http.Request, act func() *httptest.ResponseRecorder) {
	send := func(got *httptest.ResponseRecorder) {
		w.Header().Set("Content-Type", got.Header().Get("Content-Type"))
		w.WriteHeader(got.Code)
		w.Write(got.Body.Bytes())
	}
	switch how {
	case "":
		send(act())
	case replyLost:
		act()
		panic(http.ErrAbortHandler)
	case replyHangs:
		act()
		<-r.Context().Done()
	case twice:
		first := act()
		act()
		send(first)
	case twiceLate:
		first := act()
		<-f.ended(order + " refund")
		act()
		send(first)
	case unavailable:
		w.WriteHeader(http.StatusServiceUnavailable)
	case requestLost:
		panic(http.ErrAbortHandler)
	case held:
		<-f.ended("release")
		act()
		panic(http.ErrAbortHandler)
	}
}

package stepshop

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
)

// RoundTrip implements http.RoundTripper: it passes a request to the shop without a connection,
// so that a test with fake time (testing/synctest) can buy there.
func (s *Shop) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	defer func() {
		if with := recover(); with == http.ErrAbortHandler {
			resp, err = nil, io.EOF
		} else if with != nil {
			panic(with)
		}
	}()
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

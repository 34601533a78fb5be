package defect

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"sagalab/pkg/internal/shop/httpio"
	"sagalab/pkg/purchase"
)

// bufferedResponse is an answer that is not sent yet.
type bufferedResponse struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newBufferedResponse() *bufferedResponse { return &bufferedResponse{header: http.Header{}} }

// Header, WriteHeader and Write implement http.ResponseWriter.
func (r *bufferedResponse) Header() http.Header { return r.header }

func (r *bufferedResponse) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *bufferedResponse) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

// send sends the answer, without secondKeySuffix in its key.
func (r *bufferedResponse) send(w http.ResponseWriter) {
	r.WriteHeader(http.StatusOK)
	if o, ok := r.order(); ok && strings.HasSuffix(o.IdempotencyKey, secondKeySuffix) {
		o.IdempotencyKey = strings.TrimSuffix(o.IdempotencyKey, secondKeySuffix)
		r.body.Reset()
		status := r.status
		r.status = 0
		httpio.WriteJSON(r, status, o)
	}
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body.Bytes()) // a client that is gone has to ask again anyway
}

// order returns the order of an answer that confirms it.
func (r *bufferedResponse) order() (o purchase.Order, ok bool) {
	if r.status != http.StatusOK && r.status != http.StatusCreated {
		return o, false
	}
	err := json.Unmarshal(r.body.Bytes(), &o)
	return o, err == nil && o.Status == purchase.Confirmed
}

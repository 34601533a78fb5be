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
func (h *bufferedResponse) Header() http.Header { return h.header }

func (h *bufferedResponse) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

func (h *bufferedResponse) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(b)
}

// send sends the answer, without secondKeySuffix in its key.
func (h *bufferedResponse) send(w http.ResponseWriter) {
	h.WriteHeader(http.StatusOK)
	if o, ok := h.order(); ok && strings.HasSuffix(o.IdempotencyKey, secondKeySuffix) {
		o.IdempotencyKey = strings.TrimSuffix(o.IdempotencyKey, secondKeySuffix)
		h.body.Reset()
		status := h.status
		h.status = 0
		httpio.WriteJSON(h, status, o)
	}
	for name, values := range h.header {
		w.Header()[name] = values
	}
	w.WriteHeader(h.status)
	_, _ = w.Write(h.body.Bytes()) // a client that is gone has to ask again anyway
}

// order returns the order of an answer that confirms it.
func (h *bufferedResponse) order() (o purchase.Order, ok bool) {
	if h.status != http.StatusOK && h.status != http.StatusCreated {
		return o, false
	}
	err := json.Unmarshal(h.body.Bytes(), &o)
	return o, err == nil && o.Status == purchase.Confirmed
}

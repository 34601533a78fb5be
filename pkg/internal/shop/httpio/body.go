package httpio

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"sagalab/pkg/purchase"
)

// The largest bodies that are read, in bytes.
const (
	MaxPurchaseBody = 64 << 10
	MaxFixtureBody  = 1 << 20
)

// ReadJSON reads a body of at most limit bytes that is declared to be JSON.
func ReadJSON(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	media, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := parameters["charset"]
	if err != nil || media != "application/json" || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
		return nil, purchase.NewProblem(purchase.UnsupportedMedia,
			fmt.Sprintf("the Content-Type is %.60q, want application/json", r.Header.Get("Content-Type")))
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return nil, purchase.NewProblem(purchase.UnsupportedMedia,
			fmt.Sprintf("the Content-Encoding is %.60q, want none", coding))
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, purchase.NewProblem(purchase.TooLarge, fmt.Sprintf("the body has more than %d bytes", limit))
	case err != nil:
		return nil, purchase.NewProblem(purchase.Malformed, "the body did not arrive whole")
	}
	return body, nil
}

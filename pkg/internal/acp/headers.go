package acp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// createPath is where checkouts are created.
const createPath = "/checkout_sessions"

// checkoutPath returns the path of a checkout.
func checkoutPath(id string) string { return createPath + "/" + purchase.PathSegment(id) }

// with returns a request with the headers of the protocol: as the agent with a token, "" for
// none, and signed where there is a key.
func (a *Adapter) with(r retry.Request, token, requestID string) retry.Request {
	r = r.With("API-Version", a.settings.version).With("Request-Id", headerText(requestID))
	if token != "" {
		r = r.With("Authorization", "Bearer "+token)
	}
	if key := a.variables.signingKey; key != "" {
		at := time.Now().UTC().Format(time.RFC3339)
		r = r.With("Timestamp", at).With("Signature", Sign(key, at, r.Body))
	}
	return r
}

// Sign returns the value of the header Signature of a request with a body and a Timestamp. The
// specification leaves the algorithm to the merchant; this is the base64url of the
// HMAC-SHA256 of the timestamp, a dot and the canonical body.
func Sign(key, timestamp string, body []byte) string {
	if canonical, err := Canonical(body); err == nil {
		body = canonical
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// headerText returns a text as a header can carry it.
func headerText(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '_'
		}
		return r
	}, text)
}

package retry

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// echoing is a service that echoes the header of a request, as it is and in base64.
func echoing(t *testing.T) (address string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth := r.Header.Get("Authorization")
		fmt.Fprintf(w, "unknown %s, %s, %s", auth, base64.StdEncoding.EncodeToString([]byte(auth)), r.Header.Get("X-Note"))
		io.Copy(io.Discard, r.Body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestCredentialsOfARequestAreNotRecorded, also where Config.Secrets does not have them: each
// user of a service has a token of its own.
func TestCredentialsOfARequestAreNotRecorded(t *testing.T) {
	address := echoing(t)
	c, err := New(Config{Policy: Policy{MaxAttempts: 1, AttemptTimeout: time.Minute}, Connections: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	other, err := c.WithHeader("Lab-Run", "run-1")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for user := range 4 {
		all.Go(func() {
			for range 20 {
				token := fmt.Sprintf("plain-words-of-user-%d", user) // of no shape
				for _, c := range []*Client{c, other} {
					o := c.Send(t.Context(), address, Get("/").With("authorization", "Token "+token).With("X-Note", "a note"))
					body := string(o.Last().Body)
					if o.Err != nil || strings.Contains(body, token) || strings.Contains(body, base64.StdEncoding.EncodeToString([]byte("Token "+token))) || !strings.Contains(body, "a note") {
						t.Errorf("user %d: recorded %q, %v", user, body, o.Err)
					}
				}
			}
		})
	}
	all.Wait()
	if text := c.Redact("plain-words-of-user-3"); text != "[secret]" {
		t.Errorf("a text with what was sent is %q", text)
	}
}

// TestCredentialsAreKnownLater: a client that is made of another one knows what that has sent.
func TestCredentialsAreKnownLater(t *testing.T) {
	c := newClient(t, Config{Policy: Policy{MaxAttempts: 1, AttemptTimeout: time.Minute}})
	c.Send(t.Context(), echoing(t), Get("/").With("Authorization", "plain-words-of-a-user"))
	later, err := c.WithHeader("Lab-Run", "run-1")
	if err != nil {
		t.Fatal(err)
	}
	if text := later.Redact("plain-words-of-a-user"); text != "[secret]" {
		t.Errorf("a text with what was sent is %q", text)
	}
}

// TestCredentialsAreBounded: so many are remembered, and no more.
func TestCredentialsAreBounded(t *testing.T) {
	s := newSecrets(Config{}, nil)
	for i := range 2 * maxCredentials {
		s.sent([]Header{{"Cookie", fmt.Sprintf("sid-of-the-user=%08d-and-words", i)}})
	}
	if n := len(s.learned); n != maxCredentials {
		t.Errorf("%d credentials are remembered, want %d", n, maxCredentials)
	}
}

func TestIsCredential(t *testing.T) {
	for name, want := range map[string]bool{"Authorization": true, "proxy-authorization": true, "X-API-Key": true, "Cookie": true, "X-Auth-Token": true, "Idempotency-Key": false, "X-Request-Id": false, "Content-Type": false, "": false} {
		if IsCredential(name) != want {
			t.Errorf("%q: want %v", name, want)
		}
	}
}

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestPolicyFlags(t *testing.T) {
	for _, tt := range []struct {
		args, environment, want string
	}{
		{"", "", "3 attempts, 5s each, waits [1s 2s 4s]"},
		{"--policy original --attempts 5 --waits 10ms,20ms --budget 0.1", "", "5 attempts, 5s each, waits [10ms 20ms], budget 0.1 of operations + 0/s"},
		{"--policy aws-cpp-before", "", "11 attempts, 5s each, waits [0s 50ms 100ms 200ms 400ms 800ms 1.6s 3.2s 6.4s 12.8s], 429 retried"},
		{"--policy sre-book --timeout 1s --retry-after --new-key-per-attempt", "", "3 attempts, 1s each, no wait, Retry-After honoured, a new key per attempt, retries below 10% of all requests"},
		{"--policy finagle --attempts 2 --budget 0.5", "", "2 attempts, 5s each, waits from 5ms, doubled each time, up to 200ms, decorrelated jitter, budget 0.5 of operations + 10/s"},
		{"--policy aws-since --backoff 1s", "", "3 attempts, 5s each, waits [1s], 429 retried, x-amz-retry-after honoured, a retry takes 14 of 500 tokens (5 when throttled)"},
		{"--backoff 50ms,100ms --jitter full", "", "3 attempts, 5s each, waits [50ms 100ms], full jitter"},
		{"--policy aws-since --jitter none", "", "3 attempts, 5s each, waits from 50ms, doubled each time, up to 20s, from 1s when throttled, 429 retried, x-amz-retry-after honoured, a retry takes 14 of 500 tokens (5 when throttled)"},
		{"--attempts 1", "sre-book", "1 attempt, 5s each, retries below 10% of all requests"},
		{"--policy original", "sre-book", "3 attempts, 5s each, waits [1s 2s 4s]"},
	} {
		t.Setenv(policyVariable, tt.environment)
		var f policyFlags
		c := loadCommand(io.Discard, io.Discard)
		c.ResetFlags()
		f.flags(c)
		if err := c.ParseFlags(strings.Fields(tt.args)); err != nil {
			t.Fatal(err)
		}
		if p, err := f.policy(c); err != nil || p.Validate() != nil || p.String() != tt.want {
			t.Errorf("%q with %q: %q (%v, %v), want %q", tt.args, tt.environment, p, err, p.Validate(), tt.want)
		}
	}
	var f policyFlags
	c := loadCommand(io.Discard, io.Discard)
	c.ResetFlags()
	f.flags(c)
	if err := c.ParseFlags([]string{"--jitter", "some"}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.policy(c); err == nil || !strings.Contains(err.Error(), `--jitter is "some", want full, equal or none`) {
		t.Errorf("an unknown jitter: %v", err)
	}
	t.Setenv(policyVariable, "aws")
	if _, err := namedPolicy(""); err == nil || !strings.HasPrefix(err.Error(), `SAGALAB_POLICY: no retry policy is named "aws": want one of original, `) {
		t.Errorf("an unknown policy of the environment: %v", err)
	}
}

// A policy that does not exist is named before what is missing, and both are.
func TestUnknownPolicyGoesBeforeAMissingStage(t *testing.T) {
	_, _, code, err := invoke(t, "load", "--api", "http://127.0.0.1:1", "--policy", "nonsense")
	if code != int(exitNotDone) || err == nil || !strings.HasPrefix(err.Error(), `--policy: no retry policy is named "nonsense": `) || !strings.Contains(err.Error(), "\ngive at least one --stage") {
		t.Errorf("load --policy nonsense ended with %d, %v; want the policy, then the stage", code, err)
	}
}

// The policy is recorded, and its attempts are those of the load.
func TestLoadByAPolicy(t *testing.T) {
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	out, log, code, err := invoke(t, "load", "--api", reference(t), "--fixture", "plenty", "--stage", "light:20x4", "--policy", "aws-since")
	if code != 0 {
		t.Fatalf("load --policy aws-since: code %d, %v\n%s%s", code, err, out, log)
	}
	out, _, _, err = invoke(t, "runs", "show", "last")
	if want := "policy   3 attempts, 5s each, waits from 50ms, doubled each time, up to 20s, from 1s when throttled, full jitter, "; err != nil || !strings.Contains(out, want) {
		t.Errorf("runs show: %v; want it to say %q\n%s", err, want, out)
	}
}

// A purchase that is answered with 429 is tried again by the policies that take that for temporary, and by
// no other.
func TestLoadByAPolicyThatIsThrottled(t *testing.T) {
	for _, tt := range []struct {
		policy  string
		retries int64
	}{{"aws-since", 10}, {"original", 0}} {
		t.Run(tt.policy, func(t *testing.T) {
			t.Setenv("SAGALAB_RUNS", t.TempDir())
			var keys sync.Map
			var retries atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if r.Method != http.MethodPost {
					io.WriteString(w, `{"status":"ok"}`)
					return
				}
				if _, again := keys.LoadOrStore(r.Header.Get("Idempotency-Key"), true); !again {
					w.WriteHeader(http.StatusTooManyRequests)
					return
				}
				retries.Add(1)
				w.WriteHeader(http.StatusCreated)
				io.WriteString(w, `{"order_id":"o1","status":"CONFIRMED"}`)
			}))
			defer server.Close()
			out, log, _, err := invoke(t, "load", "--api", server.URL, "--stage", "light:10x10", "--policy", tt.policy)
			if err != nil || retries.Load() != tt.retries {
				t.Errorf("%v, %d retries, want %d\n%s%s", err, retries.Load(), tt.retries, out, log)
			}
		})
	}
}

package retry

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNamedInWords(t *testing.T) {
	want := map[string]string{
		"original":           "3 attempts, 5s each, waits [1s 2s 4s]",
		"aws-before":         "3 attempts, 5s each, waits from 2s, doubled each time, up to 20s, full jitter, 429 retried, a retry takes 5 of 500 tokens (10 after a timeout)",
		"aws-since":          "3 attempts, 5s each, waits from 50ms, doubled each time, up to 20s, from 1s when throttled, full jitter, 429 retried, x-amz-retry-after honoured, a retry takes 14 of 500 tokens (5 when throttled)",
		"aws-dynamodb-since": "4 attempts, 5s each, waits from 25ms, doubled each time, up to 20s, from 1s when throttled, full jitter, 429 retried, x-amz-retry-after honoured, a retry takes 14 of 500 tokens (5 when throttled)",
		"aws-cpp-before":     "11 attempts, 5s each, waits [0s 50ms 100ms 200ms 400ms 800ms 1.6s 3.2s 6.4s 12.8s], 429 retried",
		"grpc":               "4 attempts, 5s each, waits from 100ms, doubled each time, up to 1s, jitter of ±20%, grpc-retry-pushback-ms honoured, retries while more than 5 of 10 tokens are left (a failure takes 1, a success adds 0.1)",
		"finagle":            "3 attempts, 5s each, waits from 5ms, doubled each time, up to 200ms, decorrelated jitter, budget 0.2 of operations + 10/s",
		"sre-book":           "3 attempts, 5s each, no wait, retries below 10% of all requests",
	}
	if names := PolicyNames(); len(names) != len(want) || names[0] != "original" {
		t.Errorf("policies are named %q, want the original and the others of %d", names, len(want))
	}
	for _, name := range PolicyNames() {
		p, err := Named(name)
		if err != nil || p.Validate() != nil || p.String() != want[name] {
			t.Errorf("%s is %q (%v, %v), want %q", name, p, err, p.Validate(), want[name])
		}
	}
}

func TestNamedUnknown(t *testing.T) {
	for _, name := range []string{"", "AWS-since", "aws"} {
		_, err := Named(name)
		if err == nil || !strings.Contains(err.Error(), "want one of original, aws-before, ") {
			t.Errorf("Named(%q) is %v, want an error that lists the names", name, err)
		}
	}
}

func TestNamedSharesNothing(t *testing.T) {
	first, _ := Named("aws-cpp-before")
	first.Backoff.List[0] = time.Hour
	if second, _ := Named("aws-cpp-before"); second.Backoff.List[0] != 0 {
		t.Errorf("a change of one policy changed another: %v", second.Backoff)
	}
}

// The policy of a part of a load goes to the agents of a fleet as JSON.
func TestPolicyInJSON(t *testing.T) {
	const before = `{"MaxAttempts":3,"Backoff":{"List":[1000000000,2000000000,4000000000],"First":0,"Factor":0,"Max":0},"Jitter":"","AttemptTimeout":5000000000,"Deadline":0,"RetryAfter":false,"MaxRetryAfter":0,"NewKeyPerAttempt":false,"Budget":{"Ratio":0,"PerSecond":0}}`
	if text, err := json.Marshal(Default()); err != nil || string(text) != before {
		t.Errorf("the default policy is %s (%v), want %s as ever", text, err, before)
	}
	for _, name := range PolicyNames() {
		p, _ := Named(name)
		var read Policy
		text, err := json.Marshal(p)
		if err := errors.Join(err, json.Unmarshal(text, &read)); err != nil || !reflect.DeepEqual(p, read) {
			t.Errorf("%s as JSON is %s, read as %+v (%v)", name, text, read, err)
		}
	}
}

// Waits of the named policies are within what their sources say for each retry, and fill it.
func TestNamedWaits(t *testing.T) {
	const ms, s = time.Millisecond, time.Second
	type bounds [][2]time.Duration
	for _, tt := range []struct {
		name string
		f    Failure
		want bounds
	}{
		{"aws-before", Transient, bounds{{0, 2 * s}, {0, 4 * s}}},
		{"aws-before", Throttled, bounds{{0, 2 * s}, {0, 4 * s}}},
		{"aws-since", Transient, bounds{{0, 50 * ms}, {0, 100 * ms}}},
		{"aws-since", Throttled, bounds{{0, 1 * s}, {0, 2 * s}, {0, 4 * s}, {0, 8 * s}, {0, 16 * s}, {0, 20 * s}}},
		{"aws-dynamodb-since", TimedOut, bounds{{0, 25 * ms}, {0, 50 * ms}, {0, 100 * ms}}},
		{"grpc", Transient, bounds{{80 * ms, 120 * ms}, {160 * ms, 240 * ms}, {320 * ms, 480 * ms}, {640 * ms, 960 * ms}, {800 * ms, 1200 * ms}}},
		{"sre-book", Transient, bounds{{0, 0}, {0, 0}}},
	} {
		p, err := Named(tt.name)
		if err != nil {
			t.Fatal(err)
		}
		rnd := rand.New(rand.NewPCG(1, 2))
		for i, b := range tt.want {
			waits := make([]time.Duration, 2000)
			for j := range waits {
				waits[j] = p.WaitAfter(tt.f, i+1, 0, rnd)
			}
			low, high, spread := slices.Min(waits), slices.Max(waits), b[1]-b[0]
			if low < b[0] || high > b[1] || high-low < spread*9/10 {
				t.Errorf("%s waits %v to %v before retry %d when %s, want to fill %v to %v", tt.name, low, high, i+1, tt.f, b[0], b[1])
			}
		}
	}
}

package purchase_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// breaking is an adapter of which one method fails, by an error or by a panic.
type breaking struct {
	stepshop.Adapter
	method string
	panics bool
}

var errBroken = errors.New("broken")

// fails ends the method that is to fail.
func (b breaking) fails(method string) error {
	switch {
	case b.method != method:
		return nil
	case b.panics:
		panic("broken")
	}
	return errBroken
}

func (b breaking) Request(c purchase.Call) (retry.Request, error) {
	if err := b.fails("Request of " + c.Step); err != nil {
		return retry.Request{}, err
	}
	return b.Adapter.Request(c)
}

func (b breaking) Read(c purchase.Call, a retry.Attempt) purchase.Answer {
	if b.fails("Read of "+c.Step) != nil {
		return purchase.Answer{}
	}
	return b.Adapter.Read(c, a)
}

func (b breaking) Keep(c purchase.Call, a retry.Attempt) (map[string]string, error) {
	if err := b.fails("Keep of " + c.Step); err != nil {
		return nil, err
	}
	return b.Adapter.Keep(c, a)
}

func (b breaking) Poll(c purchase.Call) (retry.Request, error) {
	if err := b.fails("Poll"); err != nil {
		return retry.Request{}, err
	}
	return b.Adapter.Poll(c)
}

func (b breaking) ReadPoll(c purchase.Call, a retry.Attempt) purchase.Answer {
	if c.Attempt == 1 && b.fails("ReadPoll") != nil {
		return purchase.Answer{}
	}
	return b.Adapter.ReadPoll(c, a)
}

func (b breaking) Login(user purchase.ID) (retry.Request, error) {
	if err := b.fails("Login"); err != nil {
		return retry.Request{}, err
	}
	return b.Adapter.Login(user)
}

func (b breaking) ReadLogin(user purchase.ID, a retry.Attempt) (map[string]string, error) {
	if err := b.fails("ReadLogin"); err != nil {
		return nil, err
	}
	return b.Adapter.ReadLogin(user, a)
}

// TestBrokenAdapter: an error and a panic of an adapter end the purchase as what is known of it.
func TestBrokenAdapter(t *testing.T) {
	for _, tt := range []struct {
		method   string
		outcome  purchase.Outcome
		reason   string
		steps    int
		attempts int
		others   int
	}{
		{"Login", purchase.Failed, "not_sent", 0, 0, 0},
		{"ReadLogin", purchase.Failed, "not_sent", 0, 0, 1},
		{"Request of cart", purchase.Failed, "not_sent", 0, 0, 1},
		{"Request of item", purchase.Failed, "cut_off", 1, 1, 1},
		{"Read of cart", purchase.Unknown, "http_201", 1, 1, 1},
		{"Keep of cart", purchase.Failed, "cut_off", 1, 1, 1},
		{"Keep of item", purchase.Failed, "cut_off", 2, 2, 1},
		{"Keep of pay", purchase.Unknown, "pending", 3, 3, 1},
		{"Poll", purchase.Unknown, "pending", 3, 3, 1},
		{"ReadPoll", purchase.OK, "", 3, 3, 4}, // the next poll is read
	} {
		for _, panics := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				a := breaking{method: tt.method, panics: panics}
				r := clientOf(t, stepshop.New(stepshop.Options{Settle: time.Second}), a, patient).Purchase(t.Context(), order)
				reason := tt.reason
				if panics && tt.method == "Read of cart" {
					reason = "adapter_failed"
				}
				if r.Outcome != tt.outcome || r.Reason != reason || r.Steps != tt.steps || len(r.Operation.Attempts) != tt.attempts || len(r.Others) != tt.others {
					t.Errorf("%s (panic %v): %s, %q, %d steps, %d attempts, %d others (%s); want %s, %q, %d, %d, %d", tt.method, panics,
						r.Outcome, r.Reason, r.Steps, len(r.Operation.Attempts), len(r.Others), r.Message(), tt.outcome, reason, tt.steps, tt.attempts, tt.others)
				}
				name, _, _ := strings.Cut(tt.method, " ")
				if said := r.Message(); tt.reason != "" && tt.reason != "http_201" && (!strings.Contains(said, "broken") || panics && !strings.Contains(said, name+" panicked")) {
					t.Errorf("%s (panic %v): the message is %q", tt.method, panics, said)
				}
				if tt.method == "Keep of pay" && r.AcceptedAt.IsZero() {
					t.Error("it was accepted, and is not said to be")
				}
				checkResult(t, nil, withoutSuccess(r))
			})
		}
	}
}

// withoutSuccess is a result of which the shop is not looked at.
func withoutSuccess(r purchase.Result) purchase.Result {
	r.Outcome = purchase.Unknown
	return r
}

// hoarding keeps values of a size.
type hoarding struct {
	stepshop.Adapter
	bytes int
}

func (h hoarding) Keep(c purchase.Call, a retry.Attempt) (map[string]string, error) {
	kept, err := h.Adapter.Keep(c, a)
	all := map[string]string{"page": strings.Repeat("x", h.bytes)}
	maps.Copy(all, kept)
	return all, err
}

// TestMaxKept: what is kept is bounded over all answers together.
func TestMaxKept(t *testing.T) {
	for _, tt := range []struct {
		bytes   int
		outcome purchase.Outcome
	}{{purchase.MaxKept - 1000, purchase.OK}, {purchase.MaxKept, purchase.Failed}} {
		synctest.Test(t, func(t *testing.T) {
			r := clientOf(t, stepshop.New(stepshop.Options{}), hoarding{bytes: tt.bytes}, patient).Purchase(t.Context(), order)
			if r.Outcome != tt.outcome || tt.outcome == purchase.Failed && !strings.Contains(r.Message(), "want at most 65536") {
				t.Errorf("%d bytes: %s (%s), want %s", tt.bytes, r.Outcome, r.Message(), tt.outcome)
			}
		})
	}
}

// badSteps has steps and times that are out of range.
type badSteps struct {
	stepshop.Adapter
	steps []string
}

func (b badSteps) Steps() []string { return b.steps }

// TestCheckSteps: names of steps and times of polls that cannot be used are named.
func TestCheckSteps(t *testing.T) {
	for _, tt := range []struct {
		steps []string
		times purchase.PollTimes
		want  string // in the error, "" for none
	}{
		{nil, purchase.PollTimes{}, ""},
		{[]string{"a", "b"}, purchase.PollTimes{First: time.Millisecond, Most: time.Hour, For: time.Hour}, ""},
		{[]string{"a", ""}, purchase.PollTimes{}, `step 2 is named ""`},
		{[]string{"a", "b", "a"}, purchase.PollTimes{}, `step 3 is named "a"`},
		{[]string{strings.Repeat("s", purchase.MaxStepName+1), "b"}, purchase.PollTimes{}, "step 1"},
		{strings.Split(strings.Repeat("s ", purchase.MaxSteps), " "), purchase.PollTimes{}, "21 steps, want at most 20"},
		{nil, purchase.PollTimes{First: -1}, "out of range"},
		{nil, purchase.PollTimes{For: purchase.MaxPollFor + 1}, "out of range"},
		{nil, purchase.PollTimes{First: 2 * time.Second, Most: time.Second}, "longer than the longest"},
	} {
		err := purchase.CheckMethods(badSteps{stepshop.Adapter{Times: tt.times}, tt.steps})
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%q, %v: %v, want %q", tt.steps, tt.times, err, tt.want)
		}
	}
}

// TestStepKey: the last step has the purchase's key, the others have keys of their own that
// are no longer than any key.
func TestStepKey(t *testing.T) {
	long := strings.Repeat("é", purchase.MaxKeyLength-1) + "z"
	for _, tt := range []struct {
		key, step string
		last      bool
		want      string
	}{
		{"k", "cart", false, "k.cart"}, {"k", "pay", true, "k"}, {"", "cart", false, ""}, {"", "pay", true, ""}, {long, "pay", true, long},
		{long, "cart", false, strings.Repeat("é", purchase.MaxKeyLength-6) + "z.cart"},
	} {
		if got := purchase.StepKey(tt.key, tt.step, tt.last); got != tt.want {
			t.Errorf("StepKey(%q, %q, %v) = %q, want %q", tt.key, tt.step, tt.last, got, tt.want)
		}
	}
}

package fault

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// callTarget is a service that counts what it is asked, by Idempotency-Key.
func callTarget(t *testing.T) (address string, asked *atomic.Int64, sawMark *atomic.Bool) {
	asked, sawMark = new(atomic.Int64), new(atomic.Bool)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Header.Get(CallHeader) != "" || r.Header.Get(AttemptHeader) != "" {
			sawMark.Store(true)
		}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"ok":true}`)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked, sawMark
}

func callProxy(t *testing.T, participant, target string, which Recognise) *CallProxy {
	t.Helper()
	p, err := NewCallProxy("", participant, Service{Address: target}, which)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// marked sends a request of a call and says in a word what came of it.
func marked(t *testing.T, base string, c Call) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/orders", strings.NewReader(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	req.GetBody = nil
	req.Header.Set(CallHeader, c.Mark())
	client := &http.Client{Timeout: 300 * time.Millisecond, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return symptom(err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return resp.Status
}

// TestCallFaults: each kind is done to the call that it belongs to and to no other one, and what
// was seen says so.
func TestCallFaults(t *testing.T) {
	for kind, want := range map[Kind]struct {
		symptom       string
		asked, status int
	}{
		DropReply: {"EOF", 1, 201}, DropRequest: {"EOF", 0, 0}, ResetReply: {"reset", 1, 201}, Unavailable: {"503 Service Unavailable", 0, 0},
		HangReply: {"timeout", 1, 201}, Duplicate: {"201 Created", 2, 201},
	} {
		t.Run(string(kind), func(t *testing.T) {
			target, asked, sawMark := callTarget(t)
			p := callProxy(t, "", target, ClientCalls())
			faulted := Call{Purchase: 2, Step: "pay/now; 50%", Attempt: 2}
			if err := p.Start(Schedule{Faults: []CallFault{{faulted, kind}}}, CallTimes{Hang: time.Minute}); err != nil {
				t.Fatal(err)
			}
			for _, c := range []Call{{Purchase: 1}, {Purchase: 2}, {Purchase: 2, Step: faulted.Step}} {
				if got := marked(t, p.URL(), c); got != "201 Created" {
					t.Errorf("%v: %s", c, got)
				}
			}
			before := int(asked.Load())
			if got := marked(t, p.URL(), Call{Purchase: 2, Step: faulted.Step}); got != want.symptom || int(asked.Load())-before != want.asked {
				t.Errorf("%s looks like %q, and %d requests arrived; want %q and %d", kind, got, int(asked.Load())-before, want.symptom, want.asked)
			}
			for deadline := time.Now().Add(time.Minute); !p.Idle() && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			}
			calls := p.Calls()
			if len(calls) != 4 || !p.Idle() || sawMark.Load() {
				t.Fatalf("%d calls, idle %t, the service saw the mark %t", len(calls), p.Idle(), sawMark.Load())
			}
			last := calls[3]
			if last.Call != faulted || last.Fault != kind || last.Status != want.status || last.Ended.Before(last.Began) {
				t.Errorf("seen: %+v", last)
			}
			for _, c := range calls[:3] {
				if c.Fault != "" || c.Status != 201 || c.Attempt != 1 {
					t.Errorf("seen: %+v", c)
				}
			}
		})
	}
}

// TestKillFault: the target acts, is killed, and its reply is lost; without a way to kill it the
// call passes.
func TestKillFault(t *testing.T) {
	target, asked, _ := callTarget(t)
	p := callProxy(t, "", target, ClientCalls())
	var killed atomic.Int64
	s := Schedule{Faults: []CallFault{{Call{Purchase: 1, Attempt: 1}, Kill}}}
	for _, x := range []struct {
		kill   func()
		want   string
		killed int64
	}{{func() { killed.Add(1) }, "EOF", 1}, {nil, "201 Created", 1}} {
		if err := p.Start(s, CallTimes{Kill: x.kill}); err != nil {
			t.Fatal(err)
		}
		if got := marked(t, p.URL(), Call{Purchase: 1}); got != x.want || killed.Load() != x.killed {
			t.Errorf("%s after %d kills, want %s after %d", got, killed.Load(), x.want, x.killed)
		}
	}
	if asked.Load() != 2 {
		t.Errorf("%d requests arrived", asked.Load())
	}
}

// TestParticipantCalls: a call belongs to the purchase whose key or order stands in it.
func TestParticipantCalls(t *testing.T) {
	target, _, _ := callTarget(t)
	var known Purchases
	known.Add("key-one", 1)
	known.Add("order-2", 2)
	known.Add("abc", 2) // too short
	p := callProxy(t, "payments", target, ParticipantCalls(&known))
	ask := func(method, path, body string, header ...string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, p.URL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	ask("POST", "/charge", `{"order":"order-2"}`)
	ask("POST", "/charge", `{}`, "Idempotency-Key", "key-one.charge")
	ask("POST", "/orders/order-2/refund/17", ``)
	ask("GET", "/charges?of=key%2Done", ``)
	ask("POST", "/charge", `{"order":"order-27"}`)            // another order
	ask("POST", "/charge", `{"a":"order-2","b":"key-one"}`)   // of both
	ask("DELETE", "/charges/0198c0de-0000-7000", `{"abc":1}`) // too short an id
	known.SetOnly(1)
	ask("POST", "/charge", `{}`)
	var got []string
	for _, c := range p.Calls() {
		got = append(got, c.Call.String())
	}
	want := []string{
		"attempt 1 at POST /charge of payments for purchase 2", "attempt 1 at POST /charge of payments for purchase 1",
		"attempt 1 at POST /orders/{id}/refund/{id} of payments for purchase 2", "attempt 1 at GET /charges of payments for purchase 1",
		"attempt 2 at POST /charge of payments for purchase 1",
	}
	if !slices.Equal(got, want) || p.Unrecognised() != 3 {
		t.Errorf("got %q and %d that are not recognised, want %q and 3", got, p.Unrecognised(), want)
	}
}

// TestCallProxyRefuses: what it cannot pass on is refused, an address elsewhere too.
func TestCallProxyRefuses(t *testing.T) {
	target, asked, _ := callTarget(t)
	for _, listen := range []string{"0.0.0.0:0", "example.com:80", "9001"} {
		if p, err := NewCallProxy(listen, "x", Service{Address: target}, ClientCalls()); err == nil {
			p.Close()
			t.Errorf("%q is listened at", listen)
		}
	}
	p := callProxy(t, "", target, ClientCalls())
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL(), nil)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "websocket")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotImplemented || asked.Load() != 0 {
		t.Errorf("an upgrade: HTTP %d, %d requests arrived", resp.StatusCode, asked.Load())
	}
}

// TestCallProxyWithoutTarget: a target that is gone closes the connection, and is noted.
func TestCallProxyWithoutTarget(t *testing.T) {
	p := callProxy(t, "stock", "http://127.0.0.1:1", ClientCalls())
	if got := marked(t, p.URL(), Call{Purchase: 1}); got != "EOF" {
		t.Errorf("the client saw %s", got)
	}
	if c := p.Calls(); len(c) != 1 || !c[0].Failed || c[0].Status != 0 {
		t.Errorf("seen: %+v", c)
	}
}

// FuzzCallOf: a mark is read as what was marked, and nothing makes reading one panic.
func FuzzCallOf(f *testing.F) {
	f.Add("purchase=1;step=pay", 1, "pay")
	f.Add("purchase=2", 2, "")
	f.Add("purchase=0;step=%zz", 7, "a;b=c %/é")
	f.Fuzz(func(t *testing.T, text string, purchase int, step string) {
		CallOf(http.Header{CallHeader: {text}})
		want := Call{Purchase: purchase, Step: step}
		got, marked := CallOf(http.Header{CallHeader: {want.Mark()}})
		if valid := purchase > 0 && purchase < 1<<31; marked != valid || valid && got != want {
			t.Errorf("%+v is read as %+v, %t", want, got, marked)
		}
	})
}

package traces

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"sagalab/pkg/internal/traceid"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// answer is how a collector answers one request.
type answer struct {
	status   int
	header   map[string]string
	body     string
	rejected int64
	message  string
}

// collector is an OTLP/HTTP receiver that keeps what it got with 2xx. Of answers the last one is repeated.
type collector struct {
	*httptest.Server
	mu       sync.Mutex
	answers  []answer
	requests []*coltracepb.ExportTraceServiceRequest
	headers  []http.Header
	paths    []string
}

func newCollector(t *testing.T, answers ...answer) *collector {
	c := &collector{answers: append(answers, answer{status: http.StatusOK})}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.answers[0]
	if len(c.answers) > 1 {
		c.answers = c.answers[1:]
	}
	c.headers, c.paths = append(c.headers, r.Header), append(c.paths, r.URL.Path)
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		body, _ = gzip.NewReader(r.Body)
	}
	data, err := io.ReadAll(body)
	got := new(coltracepb.ExportTraceServiceRequest)
	if err != nil || r.Header.Get("Content-Type") != "application/x-protobuf" || proto.Unmarshal(data, got) != nil {
		a = answer{status: http.StatusBadRequest, body: "no protobuf"}
	}
	if a.status != http.StatusOK {
		w.WriteHeader(a.status)
		io.WriteString(w, a.body)
		return
	}
	c.requests = append(c.requests, got)
	w.Header().Set("Content-Type", "application/x-protobuf")
	var out coltracepb.ExportTraceServiceResponse
	if a.rejected > 0 || a.message != "" {
		out.PartialSuccess = &coltracepb.ExportTracePartialSuccess{RejectedSpans: a.rejected, ErrorMessage: a.message}
	}
	data, _ = proto.Marshal(&out)
	w.Write(data)
}

// spans returns all spans that the collector took, and how many each request had.
func (c *collector) spans() (list []*tracepb.Span, sizes []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.requests {
		before := len(list)
		list = append(list, spansOf(r.ResourceSpans)...)
		sizes = append(sizes, len(list)-before)
	}
	return list, sizes
}

func spansOf(of []*tracepb.ResourceSpans) (list []*tracepb.Span) {
	for _, r := range of {
		for _, s := range r.ScopeSpans {
			list = append(list, s.Spans...)
		}
	}
	return list
}

// textOf returns a span in a line: its name, kind, length in milliseconds, status, and attributes in their order.
func textOf(s *tracepb.Span) string {
	text := fmt.Sprintf("%s %s %v %s", s.Name, strings.TrimPrefix(s.Kind.String(), "SPAN_KIND_"), time.Duration(s.EndTimeUnixNano-s.StartTimeUnixNano), strings.TrimPrefix(s.Status.GetCode().String(), "STATUS_CODE_"))
	if m := s.Status.GetMessage(); m != "" {
		text += " " + m
	}
	for _, a := range s.Attributes {
		text += " " + a.Key + "=" + valueOf(a.Value)
	}
	return text
}

func valueOf(v *commonpb.AnyValue) string {
	switch v := v.Value.(type) {
	case *commonpb.AnyValue_StringValue:
		return v.StringValue
	case *commonpb.AnyValue_BoolValue:
		return fmt.Sprint(v.BoolValue)
	case *commonpb.AnyValue_IntValue:
		return fmt.Sprint(v.IntValue)
	case *commonpb.AnyValue_DoubleValue:
		return fmt.Sprint(v.DoubleValue)
	}
	return "?"
}

// began is when the stages of tests begin.
var began = time.Date(2026, 1, 2, 15, 4, 5, 678, time.UTC)

// after is so many milliseconds later.
func after(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }

// record records a stage in a new run and opens it.
func record(t testing.TB, info runs.Info, records []runs.Record) (runs.Run, runs.Stage) {
	t.Helper()
	run, err := runs.Store{Dir: t.TempDir()}.Create("t", "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if info.Kind == "" {
		info.Stage, info.Kind, info.Seed = "s", runs.Load, 9
	}
	w, err := run.Begin(info)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Append(records), w.Finish(runs.Complete, "")); err != nil {
		t.Fatal(err)
	}
	stages, err := run.OpenStages()
	if err != nil || len(stages) != 1 {
		t.Fatalf("%d stages, %v", len(stages), err)
	}
	return run, stages[0]
}

// plain removes nothing from a text.
func plain(text string) string { return text }

// toCollector exports a stage to a collector.
func toCollector(ctx context.Context, t testing.TB, url string, run runs.Run, redact func(string) string, stages ...runs.Stage) (Counts, error) {
	t.Helper()
	to, err := ParseCollector(url)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ToCollector(run, redact, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stages {
		if err := e.Export(ctx, s); err != nil {
			return e.Counts(), err
		}
	}
	err = e.Flush(ctx)
	return e.Counts(), err
}

// retriedPurchase is a purchase whose first attempt got no answer, and whose third one was answered from the record.
func retriedPurchase() runs.Record {
	return runs.Record{
		Operation: runs.Operation{Stage: "s", Index: 4, VirtualUser: 2, Key: "k", UserID: purchase.NumberID(7), ProductID: purchase.TextID("walden"), Quantity: 3, ScheduledTS: after(-2), StartTS: after(0), EndTS: after(60),
			Attempts: 3, Success: true, StatusStr: "success", Outcome: purchase.OK, Status: 201, OrderID: "o-1"},
		Attempts: []runs.Attempt{
			{Stage: "s", Index: 4, Number: 1, Kind: runs.Original, Key: "k", StartTS: after(0), LatencyMS: 10, Class: "timeout", Sent: true, Reason: "timeout", Meaning: "unclear"},
			{Stage: "s", Index: 4, Number: 2, Kind: runs.Retry, Key: "k", StartTS: after(30), LatencyMS: 5, PlannedWaitMS: 20, WaitMS: 20.5, Status: 503, Sent: true, Reason: "http_503", Meaning: "unclear"},
			{Stage: "s", Index: 4, Number: 3, Kind: runs.Retry, Key: "k", StartTS: after(55), LatencyMS: 4.25, PlannedWaitMS: 20, WaitMS: 20, Status: 201, Sent: true, Replayed: true, OrderID: "o-1", Meaning: "confirmed"},
		},
	}
}

// keyOfK is the attribute of the key "k".
const keyOfK = "sagalab.idempotency_key.sha256=8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a"

// TestSpans: a purchase of one request by the contract is a root span and one of kind client for each attempt, with the
// conventions' attributes and the ids that were sent.
func TestSpans(t *testing.T) {
	run, stage := record(t, runs.Info{API: "http://user:pass@127.0.0.1:8000/shop%2Fa", Stage: "s", Kind: runs.Load, Seed: 9, Traceparent: true}, []runs.Record{retriedPurchase()})
	c := newCollector(t)
	counts, err := toCollector(t.Context(), t, c.URL, run, plain, stage)
	if err != nil || counts != (Counts{Operations: 1, Spans: 4}) {
		t.Fatalf("%+v, %v", counts, err)
	}
	const server = "server.address=127.0.0.1 server.port=8000 http.request.method=POST url.full=http://127.0.0.1:8000/shop%2Fa/purchase sagalab.stage=s "
	const end = keyOfK
	want := []string{
		"POST CLIENT 10ms ERROR timeout " + server + "sagalab.request.kind=original sagalab.request.sent=true sagalab.attempt.number=1 error.type=timeout sagalab.meaning=unclear sagalab.reason=timeout " + end,
		"POST CLIENT 5ms ERROR " + server + "sagalab.request.kind=retry sagalab.request.sent=true sagalab.attempt.number=2 http.request.resend_count=1 http.response.status_code=503 error.type=503 sagalab.wait_ms=20.5 sagalab.planned_wait_ms=20 sagalab.meaning=unclear sagalab.reason=http_503 " + end,
		"POST CLIENT 4.25ms UNSET " + server + "sagalab.request.kind=retry sagalab.request.sent=true sagalab.attempt.number=3 http.request.resend_count=2 http.response.status_code=201 sagalab.replayed=true sagalab.wait_ms=20 sagalab.planned_wait_ms=20 sagalab.meaning=confirmed sagalab.order.id=o-1 " + end,
		"purchase INTERNAL 60ms UNSET sagalab.stage=s sagalab.traceparent.sent=true sagalab.operation.index=4 sagalab.operation.virtual_user=2 sagalab.operation.attempts=3 sagalab.operation.outcome=ok sagalab.user=7 sagalab.product=walden sagalab.quantity=3 sagalab.operation.start_lag_ms=2 sagalab.order.id=o-1 " + end,
	}
	spans, _ := c.spans()
	if len(spans) != len(want) {
		t.Fatalf("%d spans, want %d", len(spans), len(want))
	}
	trace := traceid.Stage{Load: run.ID, Name: "s", Seed: 9}.Trace(4)
	root := trace.Operation()
	for i, s := range spans {
		if got := textOf(s); got != want[i] {
			t.Errorf("span %d is\n%s\nwant\n%s", i, got, want[i])
		}
		id, parent := trace.Request(i+1), root[:]
		if i == 3 {
			id, parent = root, nil
		}
		if !bytes.Equal(s.TraceId, trace[:]) || !bytes.Equal(s.SpanId, id[:]) || !bytes.Equal(s.ParentSpanId, parent) {
			t.Errorf("span %d has the ids %x %x below %x, want %x %x below %x", i, s.TraceId, s.SpanId, s.ParentSpanId, trace, id, parent)
		}
		if s.Flags&1 != 1 || s.TraceState != "" {
			t.Errorf("span %d has the flags %b, want the sampled one", i, s.Flags)
		}
	}
	if at := spans[1].StartTimeUnixNano; at != uint64(after(30).UnixNano()) {
		t.Errorf("the second attempt began at %d, want the recorded %d", at, after(30).UnixNano())
	}
	if got := textOf(&tracepb.Span{Attributes: c.requests[0].ResourceSpans[0].Resource.Attributes}); !strings.Contains(got, "sagalab.run.id="+run.ID) || !strings.Contains(got, "service.name=sagalab") {
		t.Errorf("the resource is %s", got)
	}
	if c.paths[0] != "/v1/traces" {
		t.Errorf("it was sent to %s", c.paths[0])
	}
}

// TestSpansOfSteps: of an adapter's requests neither method nor path is recorded; resends are counted for each step, and polls and
// logins have spans, too.
func TestSpansOfSteps(t *testing.T) {
	request := func(kind, step string, number int64, at int, status int64) runs.Attempt {
		return runs.Attempt{Stage: "s", Number: number, Kind: kind, Step: step, StartTS: after(at), LatencyMS: 1, Status: status, Sent: true}
	}
	r := runs.Record{
		Operation: runs.Operation{Stage: "s", ScheduledTS: after(0), StartTS: after(0), EndTS: after(100), Attempts: 5, Steps: 2, Polls: 2, StatusStr: "failure", Outcome: purchase.Unknown, Reason: "not_ended", UserID: purchase.NumberID(1), ProductID: purchase.NumberID(2)},
		Attempts: []runs.Attempt{request(runs.Login, "", 0, 0, 200), request(runs.Original, "cart", 1, 10, 503), request(runs.Retry, "cart", 2, 20, 201),
			request(runs.Original, "pay", 3, 30, 500), request(runs.Retry, "pay", 4, 40, 500), request(runs.Retry, "pay", 5, 50, 202), request(runs.Poll, "pay", 5, 60, 404), request(runs.Poll, "pay", 5, 70, 200)},
	}
	run, stage := record(t, runs.Info{Stage: "s", Kind: runs.Load, API: "https://shop.example", Adapter: &runs.AdapterInfo{Name: "a.yaml"}, LoadID: "load-1", Steps: []string{"cart", "pay"}}, []runs.Record{r})
	c := newCollector(t)
	if _, err := toCollector(t.Context(), t, c.URL, run, plain, stage); err != nil {
		t.Fatal(err)
	}
	const server = "HTTP CLIENT 1ms %s server.address=shop.example server.port=443 http.request.method=_OTHER sagalab.stage=s sagalab.request.kind="
	ok, failed := fmt.Sprintf(server, "UNSET"), fmt.Sprintf(server, "ERROR")
	want := []string{
		ok + "login sagalab.request.sent=true http.response.status_code=200",
		failed + "original sagalab.request.sent=true sagalab.attempt.number=1 http.response.status_code=503 error.type=503 sagalab.step=cart",
		ok + "retry sagalab.request.sent=true sagalab.attempt.number=2 http.request.resend_count=1 http.response.status_code=201 sagalab.step=cart",
		failed + "original sagalab.request.sent=true sagalab.attempt.number=3 http.response.status_code=500 error.type=500 sagalab.step=pay",
		failed + "retry sagalab.request.sent=true sagalab.attempt.number=4 http.request.resend_count=1 http.response.status_code=500 error.type=500 sagalab.step=pay",
		ok + "retry sagalab.request.sent=true sagalab.attempt.number=5 http.request.resend_count=2 http.response.status_code=202 sagalab.step=pay",
		failed + "poll sagalab.request.sent=true http.response.status_code=404 error.type=404 sagalab.step=pay",
		ok + "poll sagalab.request.sent=true http.response.status_code=200 sagalab.step=pay",
		"purchase INTERNAL 100ms ERROR not_ended sagalab.stage=s sagalab.traceparent.sent=false sagalab.operation.index=0 sagalab.operation.virtual_user=0 sagalab.operation.attempts=5 sagalab.operation.outcome=unknown sagalab.user=1 sagalab.product=2 sagalab.quantity=0 sagalab.operation.polls=2 sagalab.reason=not_ended error.type=not_ended sagalab.load.id=load-1",
	}
	spans, _ := c.spans()
	trace := traceid.Stage{Load: "load-1", Name: "s"}.Trace(0) // a fleet's, whose workers have no run
	for i, s := range spans {
		if got := textOf(s); i >= len(want) || got != want[i] {
			t.Errorf("span %d is\n%s\nwant\n%s", i, got, want[min(i, len(want)-1)])
		}
		if id := trace.Request(i + 1); i < 8 && !bytes.Equal(s.SpanId, id[:]) {
			t.Errorf("span %d is %x, want %x", i, s.SpanId, id)
		}
	}
	if len(spans) != len(want) {
		t.Errorf("%d spans, want %d", len(spans), len(want))
	}
}

// TestSecretsAreRemoved from each text of a span, and so are user and password of an address that an old run may have.
func TestSecretsAreRemoved(t *testing.T) {
	r := retriedPurchase()
	const secret = "s3cr3t-value"
	r.Operation.Reason, r.Operation.OrderID, r.Operation.Success = secret, secret, false
	r.Operation.UserID, r.Operation.ProductID = purchase.TextID(secret), purchase.TextID(secret)
	for i := range r.Attempts {
		r.Attempts[i].Reason, r.Attempts[i].OrderID, r.Attempts[i].Meaning, r.Attempts[i].Step = secret, secret, "unclear", secret
	}
	run, stage := record(t, runs.Info{API: "http://" + secret + ":" + secret + "@127.0.0.1:8000", Stage: secret, Kind: runs.Load}, []runs.Record{r})
	var file bytes.Buffer
	e, err := ToFile(run, func(text string) string { return strings.ReplaceAll(text, secret, "[secret]") }, &file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.Export(t.Context(), stage), e.Flush(t.Context())); err != nil {
		t.Fatal(err)
	}
	if text := file.String(); strings.Contains(text, secret) || strings.Count(text, "[secret]") < 10 || !strings.Contains(text, `"http://127.0.0.1:8000/purchase"`) {
		t.Errorf("the file is %s", text)
	}
}

// purchases are n purchases of one attempt each, whose rows are of purchases that ended one after the other.
func purchases(n int) []runs.Record {
	list := make([]runs.Record, n)
	for i := range list {
		index := int64(n - 1 - i) // rows on disk are not in the order of the index
		list[i] = runs.Record{
			Operation: runs.Operation{Stage: "s", Index: index, StartTS: after(i), EndTS: after(i + 1), Attempts: 1, Success: true, StatusStr: "success", Outcome: purchase.OK, UserID: purchase.NumberID(1), ProductID: purchase.NumberID(1)},
			Attempts:  []runs.Attempt{{Stage: "s", Index: index, Number: 1, Kind: runs.Original, StartTS: after(i), LatencyMS: 1, Status: 201, Sent: true}},
		}
	}
	return list
}

// TestBatches are bounded, and nothing is lost between them.
func TestBatches(t *testing.T) {
	run, stage := record(t, runs.Info{}, purchases(700))
	c := newCollector(t)
	counts, err := toCollector(t.Context(), t, c.URL, run, plain, stage)
	_, sizes := c.spans()
	if err != nil || counts != (Counts{Operations: 700, Spans: 1400}) || fmt.Sprint(sizes) != "[512 512 376]" {
		t.Errorf("%+v in batches of %d, %v", counts, sizes, err)
	}
}

// TestLargeStage: rows that stay on disk are exported as those in memory are.
func TestLargeStage(t *testing.T) {
	n := runs.MaxInMemory + 1
	run, stage := record(t, runs.Info{}, purchases(n))
	if !stage.OnDisk() {
		t.Fatal("the stage is in memory")
	}
	pairs := 0
	for o, requests := range operations(stage) {
		if len(requests) != 1 || requests[0].Index != o.Index {
			t.Fatalf("operation %d has the requests %+v", o.Index, requests)
		}
		pairs++
	}
	if pairs != n || !sameOrder(stage) {
		t.Fatalf("%d operations, and the order is the same: %v", pairs, sameOrder(stage))
	}
	e, err := ToFile(run, plain, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.Export(t.Context(), stage), e.Flush(t.Context())); err != nil || e.Counts() != (Counts{Operations: n, Spans: 2 * n}) {
		t.Errorf("%+v, %v", e.Counts(), err)
	}
}

// TestOtherOrder: rows whose tables are in different orders are found, and in memory, where they are sorted, requests without an
// operation are left out.
func TestOtherOrder(t *testing.T) {
	s := runs.Stage{Operations: []runs.Operation{{Index: 1}, {Index: 2}}, Attempts: []runs.Attempt{{Index: 2, Number: 1}, {Index: 1, Number: 1}}}
	if sameOrder(s) {
		t.Error("the order is taken for the same")
	}
	s.Attempts = []runs.Attempt{{Index: 0, Number: 1}, {Index: 1, Number: 1}, {Index: 1, Number: 2}, {Index: 3, Number: 1}}
	var got []int
	for _, requests := range operations(s) {
		got = append(got, len(requests))
	}
	if fmt.Sprint(got) != "[2 0]" {
		t.Errorf("the operations have %v requests, want 2 and 0", got)
	}
}

// TestAnswersOfCollectors: what is temporary is sent again, what is rejected is counted, and all else ends the export.
func TestAnswersOfCollectors(t *testing.T) {
	run, stage := record(t, runs.Info{}, purchases(3))
	for _, tt := range []struct {
		name     string
		answers  []answer
		counts   Counts
		fault    string // of the error, "" for none
		requests int
	}{
		{"busy at first", []answer{{status: 503}, {status: 429, header: map[string]string{"Retry-After": "0"}}}, Counts{Operations: 3, Spans: 6}, "", 3},
		{"rejects some", []answer{{status: 200, rejected: 2, message: "too old"}}, Counts{Operations: 3, Spans: 6, Answers: Answers{2, "too old"}}, "", 1},
		{"warns", []answer{{status: 200, message: "slow down"}}, Counts{Operations: 3, Spans: 6, Answers: Answers{0, "slow down"}}, "", 1},
		{"no receiver of OTLP", []answer{{status: 404, body: "no such page"}}, Counts{Operations: 3}, "404 Not Found (body: no such page)", 1},
		{"an endless text", []answer{{status: 400, body: strings.Repeat("x", 5000)}}, Counts{Operations: 3}, "xxx …", 1},
		{"another place", []answer{{status: 307, header: map[string]string{"Location": "/elsewhere"}}}, Counts{Operations: 3}, "307 Temporary Redirect", 1},
		{"asks for a wait that is too long", []answer{{status: 503, header: map[string]string{"Retry-After": "3600"}}}, Counts{Operations: 3}, "max retry time would elapse", 1},
	} {
		c := newCollector(t, tt.answers...)
		counts, err := toCollector(t.Context(), t, c.URL, run, plain, stage)
		switch {
		case tt.fault == "" && err != nil, tt.fault != "" && (err == nil || !strings.Contains(err.Error(), tt.fault) || len(err.Error()) > 2*maxCause):
			t.Errorf("%s: the error is %v, want %q", tt.name, err, tt.fault)
		case counts != tt.counts || len(c.paths) != tt.requests:
			t.Errorf("%s: %+v by %d requests, want %+v by %d", tt.name, counts, len(c.paths), tt.counts, tt.requests)
		}
	}
}

// TestUnreachableCollector ends the export at once, and so does an interrupt.
func TestUnreachableCollector(t *testing.T) {
	run, stage := record(t, runs.Info{}, purchases(3))
	gone := httptest.NewServer(nil)
	gone.Close()
	if _, err := toCollector(t.Context(), t, gone.URL, run, plain, stage); err == nil || !strings.Contains(err.Error(), "refused") || strings.Contains(err.Error(), "v1/traces") {
		t.Errorf("a collector that is not there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := toCollector(ctx, t, newCollector(t).URL, run, plain, stage); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted export: %v", err)
	}
	begun, end := context.WithCancel(t.Context())
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		end()
		<-r.Context().Done()
	}))
	defer hang.Close()
	if _, err := toCollector(begun, t, hang.URL, run, plain, stage); !errors.Is(err, context.Canceled) {
		t.Errorf("an export that was interrupted in a request: %v", err)
	}
}

// TestEnvironmentOfExporters: headers are taken from it; what would leave spans out or send them elsewhere is not.
func TestEnvironmentOfExporters(t *testing.T) {
	for name, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20abc", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
		"OTEL_TRACES_SAMPLER": "always_off", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "1", "OTEL_SERVICE_NAME": "other", "HTTP_PROXY": "http://127.0.0.1:1",
	} {
		t.Setenv(name, value)
	}
	run, stage := record(t, runs.Info{}, purchases(1))
	c := newCollector(t)
	if _, err := toCollector(t.Context(), t, c.URL, run, plain, stage); err != nil {
		t.Fatal(err)
	}
	spans, _ := c.spans()
	if len(spans) != 2 || len(spans[0].Attributes) < 5 || c.headers[0].Get("Authorization") != "Bearer abc" {
		t.Errorf("%d spans, header %v", len(spans), c.headers[0])
	}
	if got := textOf(&tracepb.Span{Attributes: c.requests[0].ResourceSpans[0].Resource.Attributes}); !strings.Contains(got, "service.name=sagalab") {
		t.Errorf("the resource is %s", got)
	}
}

// TestFile: each line is a request in OTLP's JSON, whose ids are in hexadecimal.
func TestFile(t *testing.T) {
	run, stage := record(t, runs.Info{}, purchases(300))
	var file bytes.Buffer
	e, err := ToFile(run, plain, &file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.Export(t.Context(), stage), e.Flush(t.Context())); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(file.String(), "\n"), "\n")
	var sizes []int
	for _, line := range lines {
		var request struct {
			ResourceSpans []struct {
				ScopeSpans []struct {
					Spans []struct {
						TraceID, SpanID, StartTimeUnixNano string
						Kind                               int
					}
				}
			}
		}
		if err := json.Unmarshal([]byte(line), &request); err != nil {
			t.Fatal(err)
		}
		spans := request.ResourceSpans[0].ScopeSpans[0].Spans
		sizes = append(sizes, len(spans))
		for _, s := range spans {
			trace, err1 := hex.DecodeString(s.TraceID)
			span, err2 := hex.DecodeString(s.SpanID)
			if err := errors.Join(err1, err2); err != nil || len(trace) != 16 || len(span) != 8 || s.Kind == 0 || s.StartTimeUnixNano == "" {
				t.Fatalf("%+v, %v", s, err)
			}
		}
	}
	if fmt.Sprint(sizes) != "[512 88]" {
		t.Errorf("the lines have %v spans", sizes)
	}
	full := errors.New("disk full")
	if e, err = ToFile(run, plain, failing{full}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.Export(t.Context(), stage), e.Flush(t.Context())); !errors.Is(err, full) {
		t.Errorf("a full disk: %v", err)
	}
}

// failing is a writer that fails.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestParseCollector: loopback alone, unless another host is allowed, and no address with what cannot be meant.
func TestParseCollector(t *testing.T) {
	for _, tt := range []struct{ address, allowed, url, fault string }{
		{"http://127.0.0.1:4318", "", "http://127.0.0.1:4318/v1/traces", ""},
		{" http://localhost:4318/ ", "", "http://localhost:4318/v1/traces", ""},
		{"http://[::1]:4318/v1/traces", "", "http://[::1]:4318/v1/traces", ""},
		{"https://127.0.0.1/otlp/v1/traces/", "", "https://127.0.0.1/otlp/v1/traces", ""},
		{"https://otel.example", "otel.example", "https://otel.example/v1/traces", ""},
		{"https://otel.example:4318", "", "", "otel.example is not on this machine: if traces may be sent there, allow it by name"},
		{"https://otel.example:4318", "otel.example:1", "", "not on this machine"},
		{"http://u:p4ssw0rd@127.0.0.1:4318", "", "", "it carries a user or a password"},
		{"127.0.0.1:4318", "", "", "write it like http://127.0.0.1:4318"},
		{"grpc://127.0.0.1:4317", "", "", "it must start with http:// or https://"},
		{"http://127.0.0.1:99999", "", "", "port 99999"},
		{"http://127.0.0.1:4318?a=b", "", "", "a query"},
		{"", "", "", "it must start with"},
	} {
		var allowed []string
		if tt.allowed != "" {
			allowed = append(allowed, tt.allowed)
		}
		c, err := ParseCollector(tt.address, allowed...)
		switch {
		case tt.fault != "" && (err == nil || !strings.Contains(err.Error(), tt.fault) || strings.Contains(err.Error(), "p4ssw0rd") || strings.Contains(err.Error(), "API")):
			t.Errorf("%q: %v, want %q", tt.address, err, tt.fault)
		case tt.fault == "" && (err != nil || c.URL() != tt.url):
			t.Errorf("%q: %q, %v; want %q", tt.address, c.URL(), err, tt.url)
		}
	}
}

// FuzzParseCollector: what is accepted is an address of this machine that ends with the path of traces.
func FuzzParseCollector(f *testing.F) {
	for _, seed := range []string{"http://127.0.0.1:4318", "https://localhost/v1/traces", "http://[::1]:1/x%2Fy", "http://example.org"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		c, err := ParseCollector(address)
		if err != nil {
			return
		}
		again, err := ParseCollector(c.URL())
		if err != nil || again.URL() != c.URL() || !strings.HasSuffix(c.URL(), tracesPath) {
			t.Errorf("%q is %q, then %q, %v", address, c.URL(), again.URL(), err)
		}
	})
}

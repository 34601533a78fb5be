package tracecheck

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"sagalab/pkg/runs"
)

// dropsReplies is a plan of faults by which replies are lost after the service has sent them.
const dropsReplies = `{"seed": 1, "windows": [{"from": "0s", "to": "10m", "fault": "drop_reply", "probability": 0.2}]}`

// TestCollectorReceivesTheRun: the Collector's receiver gets each row of a run as a span, under the ids that the
// service received with the request, and reads the same from a file.
func TestCollectorReceivesTheRun(t *testing.T) {
	p := build(t)
	faults := filepath.Join(t.TempDir(), "faults.json")
	if err := os.WriteFile(faults, []byte(dropsReplies), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name     string
		health   string
		service  []string
		load     []string
		contract bool
	}{
		{"contract", "/health", []string{"--lab", "--db", filepath.Join(t.TempDir(), "shop.db")}, []string{"--fixture", "plenty"}, true},
		{"adapter", "/v2/payments", []string{"--bookshop"}, []string{"--adapter", "../../../notebooks/06-bookshop.yaml", "--user", "anna", "--product", "walden"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address, service := p.serve(t, tt.health, tt.service...)
			p.run(t, append([]string{"load", "--api", address, "--stage", "heavy:300x8", "--stage", "open:100/s@1s", "--traceparent", "--faults", faults,
				"--attempts", "4", "--backoff", "2ms", "--timeout", "30s"}, tt.load...)...)
			run, stages := newest(t, p)
			collector, sink := startReceiver(t)
			printed := p.run(t, "traces", run.ID, "--otlp", collector)
			got := spansOf(t, sink.AllTraces()...)
			retries := checkSpans(t, run, stages, service, got, tt.contract)
			if retries == 0 || !strings.Contains(printed, fmt.Sprintf("%d spans of ", len(got))) {
				t.Errorf("%d retries were recorded, and the program printed %s", retries, printed)
			}
			checkFile(t, p, run, got)
		})
	}
}

// newest returns the run that was recorded last, with its stages.
func newest(t *testing.T, p program) (runs.Run, []runs.Stage) {
	t.Helper()
	run, err := runs.Store{Dir: p.runs}.Find("last")
	if err != nil {
		t.Fatal(err)
	}
	stages, err := run.Stages()
	if err != nil || len(stages) != 2 {
		t.Fatalf("%d stages, %v", len(stages), err)
	}
	return run, stages
}

// checkSpans compares spans with the rows of a run and with what the service received, and returns how many retries there are.
func checkSpans(t *testing.T, run runs.Run, stages []runs.Stage, service *received, got map[pcommon.SpanID]span, contract bool) (retries int) {
	t.Helper()
	rows, roots := 0, map[string]span{} // by stage and operation
	requests := map[string]span{}       // by stage, operation and attempt
	traces := map[pcommon.TraceID]bool{}
	for _, s := range got {
		if s.resource["service.name"] != "sagalab" || s.resource["sagalab.run.id"] != run.ID {
			t.Fatalf("a span is of the resource %v", s.resource)
		}
		if s.Kind() == ptrace.SpanKindInternal {
			roots[s.text("sagalab.stage")+" "+s.text("sagalab.operation.index")] = s
			traces[s.TraceID()] = true
			continue
		}
		parent := got[s.ParentSpanID()]
		if s.Kind() != ptrace.SpanKindClient || parent.Span == (ptrace.Span{}) || parent.TraceID() != s.TraceID() || !parent.ParentSpanID().IsEmpty() {
			t.Fatalf("the span %s of %s is not a client's below an operation", s.SpanID(), s.Name())
		}
		requests[fmt.Sprintf("%s %s %s", s.text("sagalab.stage"), parent.text("sagalab.operation.index"), s.text("sagalab.attempt.number"))] = s
	}
	of := map[string]request{}
	for _, r := range service.requests {
		of[r.traceparent] = r
	}
	for _, stage := range stages {
		for _, o := range stage.Operations {
			checkOperation(t, roots[fmt.Sprintf("%s %d", stage.Stage, o.Index)], o)
		}
		for _, a := range stage.Attempts {
			s, found := requests[fmt.Sprintf("%s %d %d", stage.Stage, a.Index, a.Number)]
			if !found {
				t.Fatalf("stage %s, operation %d, attempt %d has no span", stage.Stage, a.Index, a.Number)
			}
			checkAttempt(t, s, a, contract)
			checkReceived(t, of, s, a)
			if a.Kind == runs.Retry {
				retries++
			}
		}
		rows += len(stage.Attempts)
		if !stage.Traceparent {
			t.Errorf("stage %s lacks that the header was sent", stage.Stage)
		}
	}
	operations := len(stages[0].Operations) + len(stages[1].Operations)
	if len(got) != rows+operations || len(traces) != operations || len(service.requests) != rows || len(of) != rows || service.without != 0 {
		t.Errorf("%d spans in %d traces of %d rows of %d operations; the service received %d requests with %d values of the header, and %d purchases without",
			len(got), len(traces), rows, operations, len(service.requests), len(of), service.without)
	}
	return retries
}

// checkOperation compares the span of an operation with its row.
func checkOperation(t *testing.T, s span, o runs.Operation) {
	t.Helper()
	if s.Span == (ptrace.Span{}) {
		t.Fatalf("operation %d has no span", o.Index)
	}
	status := ptrace.StatusCodeUnset
	if !o.Success {
		status = ptrace.StatusCodeError
	}
	if !s.StartTimestamp().AsTime().Equal(o.StartTS) || !s.EndTimestamp().AsTime().Equal(o.EndTS) || s.Status().Code() != status ||
		s.text("sagalab.operation.outcome") != string(o.Outcome) || s.text("sagalab.operation.attempts") != fmt.Sprint(o.Attempts) || s.text("sagalab.order.id") != o.OrderID || s.text("sagalab.user") != o.UserID.String() {
		t.Errorf("operation %+v has the span %v from %v to %v", o, s.Attributes().AsRaw(), s.StartTimestamp(), s.EndTimestamp())
	}
}

// checkAttempt compares the span of an attempt with its row.
func checkAttempt(t *testing.T, s span, a runs.Attempt, contract bool) {
	t.Helper()
	want := map[string]string{"http.request.resend_count": "", "http.response.status_code": "", "error.type": a.Class, "http.request.method": "_OTHER", "url.full": ""}
	if a.Number > 1 {
		want["http.request.resend_count"] = fmt.Sprint(a.Number - 1)
	}
	if a.Status > 0 {
		want["http.response.status_code"] = fmt.Sprint(a.Status)
	}
	if a.Status >= 400 {
		want["error.type"] = fmt.Sprint(a.Status)
	}
	if contract {
		want["http.request.method"], want["url.full"] = "POST", "http://127.0.0.1:"+s.text("server.port")+"/purchase"
	}
	for name, value := range want {
		if got := s.text(name); got != value {
			t.Errorf("operation %d, attempt %d: %s is %q, want %q", a.Index, a.Number, name, got, value)
		}
	}
	length := time.Duration(a.LatencyMS * float64(time.Millisecond))
	if failed := s.Status().Code() == ptrace.StatusCodeError; failed != (want["error.type"] != "") || !s.StartTimestamp().AsTime().Equal(a.StartTS) || s.EndTimestamp().AsTime().Sub(a.StartTS) != length {
		t.Errorf("operation %d, attempt %d: the span is from %v to %v, failed: %v; want %v from %v", a.Index, a.Number, s.StartTimestamp(), s.EndTimestamp(), failed, length, a.StartTS)
	}
}

// checkReceived compares the span of an attempt with the request that the service received under its ids.
func checkReceived(t *testing.T, of map[string]request, s span, a runs.Attempt) {
	t.Helper()
	r, found := of[fmt.Sprintf("00-%s-%s-01", s.TraceID(), s.SpanID())]
	switch {
	case !found:
		t.Errorf("operation %d, attempt %d: the service received no request under the ids of its span", a.Index, a.Number)
	case r.method != "POST", a.Status != 0 && int(a.Status) != r.status:
		t.Errorf("operation %d, attempt %d with status %d: the service answered %+v", a.Index, a.Number, a.Status, r)
	}
}

// checkFile exports a run to a file and compares what the Collector's reader of OTLP's JSON finds in it with what its receiver got.
func checkFile(t *testing.T, p program, run runs.Run, got map[pcommon.SpanID]span) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "traces.jsonl")
	p.run(t, "traces", run.ID, "--out", path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("t0ken-of-the-service")) {
		t.Error("the header of the service is in the file")
	}
	var exports []ptrace.Traces
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	for lines.Scan() {
		e, err := new(ptrace.JSONUnmarshaler).UnmarshalTraces(lines.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		exports = append(exports, e)
	}
	stored := spansOf(t, exports...)
	if lines.Err() != nil || len(stored) != len(got) {
		t.Errorf("the file has %d spans, %v; want %d", len(stored), lines.Err(), len(got))
	}
	for id, s := range got {
		f, found := stored[id]
		if !found {
			t.Fatalf("the span %s is not in the file", id)
		}
		if f.TraceID() != s.TraceID() || f.ParentSpanID() != s.ParentSpanID() || f.Name() != s.Name() || f.Kind() != s.Kind() || f.StartTimestamp() != s.StartTimestamp() || f.EndTimestamp() != s.EndTimestamp() ||
			f.Status().Code() != s.Status().Code() || f.Status().Message() != s.Status().Message() || !maps.EqualFunc(f.Attributes().AsRaw(), s.Attributes().AsRaw(), func(a, b any) bool { return a == b }) {
			t.Fatalf("the span %s is %v in the file, and was received as %v", id, f.Attributes().AsRaw(), s.Attributes().AsRaw())
		}
	}
}

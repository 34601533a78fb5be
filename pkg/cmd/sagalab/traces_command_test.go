package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"sagalab/pkg/runs"
)

// receiver is a collector that answers each export with so many rejected spans.
func receiver(t *testing.T, rejected int64) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-protobuf")
		if rejected > 0 {
			body, _ := proto.Marshal(&coltracepb.ExportTraceServiceResponse{PartialSuccess: &coltracepb.ExportTracePartialSuccess{RejectedSpans: rejected, ErrorMessage: "too old, " + r.Header.Get("X-Token")}})
			w.Write(body)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestTracesCommand(t *testing.T) {
	recordRetries(t, "steady", "few")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-token=t0ken%20of-the-collector")
	dir := t.TempDir()
	there := filepath.Join(dir, "there")
	if err := os.WriteFile(there, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	noReceiver := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(noReceiver.Close)
	for _, tt := range []struct {
		args []string
		code int
		want string // of the output, the log or the error
	}{
		{[]string{"traces"}, 3, "which run?"},
		{[]string{"traces", "last"}, 3, "where to? give --otlp"},
		{[]string{"traces", "last", "--slowest", "-1"}, 3, "--slowest is -1, want 1 to 1000"},
		{[]string{"traces", "last", "--slowest", "3", "--out", dir + "/a"}, 3, "--slowest exports nothing"},
		{[]string{"traces", "last", "--otlp", "http://127.0.0.1:4318", "--out", "x"}, 3, "--otlp and --out exclude each other"},
		{[]string{"traces", "20990101", "--out", dir + "/a"}, 3, "no such run"},
		{[]string{"traces", "last", "--stage", "none", "--out", dir + "/a"}, 3, `no stage "none", only steady, few`},
		{[]string{"traces", "last", "--out", there}, 3, "there exists: name another file"},
		{[]string{"traces", "last", "--out", dir + "/no/such"}, 3, "no such file or directory"},
		{[]string{"traces", "last", "--otlp", "http://otel.example:4318"}, 3, "--otlp: otel.example is not on this machine: if traces may be sent there, allow it by name, with --allow-host or SAGALAB_ALLOW_HOST"},
		{[]string{"traces", "last", "--otlp", "http://u:p4ssw0rd@127.0.0.1:1"}, 3, "--otlp: it carries a user or a password"},
		{[]string{"traces", "last", "--otlp", "https://127.0.0.1:1", "--cacert", there}, 3, "there"},
		{[]string{"traces", "last", "--otlp", gone.URL}, 3, "the collector at " + gone.URL + "/v1/traces: "},
		{[]string{"traces", "last", "--otlp", gone.URL}, 3, "0 spans were sent before: start a collector with an OTLP/HTTP receiver there, or correct --otlp"},
		{[]string{"traces", "last", "--otlp", noReceiver.URL}, 3, "404 Not Found"},
		{[]string{"traces", "last", "--stage", "few", "--otlp", receiver(t, 3)}, 3, " rejected 3 of "},
		{[]string{"traces", "last", "--stage", "few", "--otlp", receiver(t, 0)}, 0, " spans of 50 purchases of run "},
		{[]string{"traces", "last", "--stage", "few", "--otlp", receiver(t, 0)}, 0, "few: its ids were not sent with its requests"},
		{[]string{"traces", "last", "--out", dir + "/all"}, 0, " spans of 1550 purchases of run "},
	} {
		out, log, code, err := invoke(t, tt.args...)
		text := out + log
		if err != nil {
			text += err.Error()
		}
		if code != tt.code || !strings.Contains(text, tt.want) || strings.Contains(text, "p4ssw0rd") {
			t.Errorf("sagalab %s ended with %d and\n%s\nwant %d and %q", strings.Join(tt.args, " "), code, text, tt.code, tt.want)
		}
	}
	if text, err := os.ReadFile(there); err != nil || string(text) != "mine" {
		t.Errorf("the file that existed is %q, %v", text, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("%d files are left, %v; want the one that was there and that of the export", len(entries), err)
	}
	if withoutSecrets("t0ken of-the-collector") != "[secret]" {
		t.Error("a header of the collector is no secret")
	}
}

// TestTracesOfDamagedRuns: a damaged table is named, and no file is left; for empty runs, and those that lack purchases of a lost worker, that is printed.
func TestTracesOfDamagedRuns(t *testing.T) {
	store := runs.Store{Dir: t.TempDir()}
	t.Setenv("SAGALAB_RUNS", store.Dir)
	file := filepath.Join(t.TempDir(), "traces")
	run, err := store.Create("t", "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, code, err := invoke(t, "traces", "last", "--out", file); code != 3 || !strings.Contains(err.Error(), "has no purchases to export: record some") {
		t.Errorf("an empty run: %d, %v", code, err)
	}
	w, err := run.Begin(runs.Info{Stage: "s", Kind: runs.Load})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(retriedRecords("s", 10, time.Now().UTC())); err != nil {
		t.Fatal(err)
	}
	out, log, code, err := invoke(t, "traces", "last", "--out", file)
	if code != 0 || !strings.Contains(log, "s: it is still running") || !strings.Contains(out, "of 10 purchases") {
		t.Errorf("a running stage: %d, %v, %s%s", code, err, out, log)
	}
	os.Remove(file)
	w.UpdateInfo(func(i *runs.Info) {
		i.WorkerResults = []runs.WorkerResult{{Worker: "w", Planned: 12, Recorded: 10, Lost: 2}}
	})
	if err := w.Finish(runs.Interrupted, "a worker is lost"); err != nil {
		t.Fatal(err)
	}
	if _, log, code, err := invoke(t, "traces", "last", "--out", file); code != 0 || !strings.Contains(log, "s: 2 purchases were lost with a worker and not exported") {
		t.Errorf("a run with losses: %d, %v, %s", code, err, log)
	}
	os.Remove(file)
	table := filepath.Join(w.Dir(), "attempts.parquet")
	data, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 0xff
	if err := os.WriteFile(table, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, code, err := invoke(t, "traces", "last", "--out", file); code != 3 || !strings.Contains(err.Error(), "attempts.parquet is damaged") {
		t.Errorf("a damaged table: %d, %v", code, err)
	}
	if _, err := os.Lstat(file); err == nil {
		t.Error("a file is left of an export that failed")
	}
}

// TestInterruptedTraces end with 130.
func TestInterruptedTraces(t *testing.T) {
	recordRetries(t, "few")
	ctx, stop := context.WithCancel(t.Context())
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		stop()
		<-r.Context().Done()
	}))
	defer s.Close()
	var log strings.Builder
	c := command(io.Discard, &log)
	c.SetArgs([]string{"traces", "last", "--otlp", s.URL})
	err := c.ExecuteContext(ctx)
	if code := codeOf(ctx, err); code != exitInterrupted || !strings.Contains(err.Error(), "0 spans were sent before to "+s.URL) {
		t.Errorf("%d, %v", code, err)
	}
}

// TestLoadWithTraceparent: by the flag, or by the environment, which the flag goes before.
func TestLoadWithTraceparent(t *testing.T) {
	api := reference(t)
	for _, tt := range []struct {
		environment string
		args        []string
		want        bool
		fault       string
	}{
		{"", nil, false, ""}, {"", []string{"--traceparent"}, true, ""}, {"yes", nil, true, ""}, {"yes", []string{"--traceparent=false"}, false, ""}, {"no", []string{"--traceparent"}, true, ""},
		{"maybe", nil, false, `SAGALAB_TRACEPARENT is "maybe", want yes or no`},
	} {
		dir := t.TempDir()
		t.Setenv("SAGALAB_RUNS", dir)
		t.Setenv("SAGALAB_TRACEPARENT", tt.environment)
		_, _, code, err := invoke(t, append([]string{"load", "--api", api, "--fixture", "plenty", "--stage", "s:3x1"}, tt.args...)...)
		if tt.fault != "" {
			if code != 3 || !strings.Contains(err.Error(), tt.fault) {
				t.Errorf("%q: %d, %v", tt.environment, code, err)
			}
			continue
		}
		if code != 0 {
			t.Fatal(err)
		}
		paths, _ := filepath.Glob(dir + "/*/*/stage.json")
		if len(paths) != 1 {
			t.Fatalf("%d stages", len(paths))
		}
		text, err := os.ReadFile(paths[0])
		var info struct{ Traceparent bool }
		if err != nil || json.Unmarshal(text, &info) != nil || info.Traceparent != tt.want {
			t.Errorf("%q with %v: %s, %v; want %v", tt.environment, tt.args, text, err, tt.want)
		}
	}
}

// TestTracesOfCases: single purchases are exported, too, alone or before the stages.
func TestTracesOfCases(t *testing.T) {
	store := runs.Store{Dir: t.TempDir()}
	t.Setenv("SAGALAB_RUNS", store.Dir)
	run, err := store.Create("t", "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range []runs.Info{{Stage: "heavy", Kind: runs.Load}, {Stage: "normal", Kind: runs.Case}, {Stage: "refused", Kind: runs.Case}} {
		w, err := run.Begin(info)
		if err != nil {
			t.Fatal(err)
		}
		n := 1
		if info.Kind == runs.Load {
			n = 5
		}
		if err := errors.Join(w.Append(retriedRecords(info.Stage, n, time.Now().UTC())), w.Finish(runs.Complete, "")); err != nil {
			t.Fatal(err)
		}
	}
	for stage, want := range map[string]string{"": "of 7 purchases", "normal": "of 1 purchase ", "heavy": "of 5 purchases"} {
		out, log, code, err := invoke(t, "traces", "last", "--stage", stage, "--out", filepath.Join(t.TempDir(), "traces"))
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("--stage %q: %d, %v, %s", stage, code, err, out)
		}
		if order := strings.Index(log, "normal:") < strings.Index(log, "refused:") && strings.Index(log, "refused:") < strings.Index(log, "heavy:"); stage == "" && !order {
			t.Errorf("the order is %s", log)
		}
	}
	if _, _, code, err := invoke(t, "traces", "last", "--stage", "none", "--out", "x"); code != 3 || !strings.Contains(err.Error(), `has no stage "none", only heavy, normal, refused`) {
		t.Errorf("a stage that is not there: %d, %v", code, err)
	}
	if _, _, code, err := invoke(t, "run", "no-such.ipynb"); code != 3 || err == nil {
		t.Errorf("run without the notebook: %d, %v", code, err)
	}
	t.Setenv("SAGALAB_TRACEPARENT", "perhaps")
	if _, _, code, err := invoke(t, "run", "no-such.ipynb"); code != 3 || !strings.Contains(err.Error(), `SAGALAB_TRACEPARENT is "perhaps"`) {
		t.Errorf("run with a wrong variable: %d, %v", code, err)
	}
}

// TestSlowestTraces: the slowest purchases of each stage in descending order, each with the id that an export has.
func TestSlowestTraces(t *testing.T) {
	recordRetries(t, "steady", "few")
	out, _, code, err := invoke(t, "traces", "last", "--slowest", "5")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err != nil || code != 0 || len(lines) != 11 {
		t.Fatalf("%v, %d, %d lines:\n%s", err, code, len(lines), out)
	}
	file := filepath.Join(t.TempDir(), "traces")
	if _, _, _, err := invoke(t, "traces", "last", "--out", file); err != nil {
		t.Fatal(err)
	}
	exported, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before := math.Inf(1)
	for i, line := range lines[1:] {
		cells := strings.Fields(line)
		latency, err := strconv.ParseFloat(cells[2], 64)
		if i == 5 {
			before = math.Inf(1)
		}
		if err != nil || latency > before || !strings.Contains(string(exported), `"traceId":"`+strings.ToUpper(cells[5])+`"`) || len(cells[5]) != 32 {
			t.Errorf("%q: %v; want a latency of at most %v, and a trace that is exported", line, err, before)
		}
		before = latency
	}
}

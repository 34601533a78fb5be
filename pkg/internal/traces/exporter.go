package traces

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"sagalab/pkg/runs"
)

// BatchSpans is how many spans are exported at once, at most.
const BatchSpans = 512

// Exporter exports the stages of one run. It is for one goroutine. Make one with ToCollector or ToFile, and
// call Flush at the end.
type Exporter struct {
	run    runs.Run
	redact func(string) string
	to     *otlptrace.Exporter
	wire   interface{ answers() Answers } // nil for a file
	tracer trace.Tracer
	ended  endedSpans
	counts Counts
}

// Counts reports what was exported.
type Counts struct {
	// Operations and Spans count what was passed on to the end of an export.
	Operations, Spans int
	Answers
}

// Answers reports what a collector answered beside that it took spans: Rejected counts those that
// it did not take, Message is the last reason or warning that it gave.
type Answers struct {
	Rejected int
	Message  string
}

// Retries of a batch: what is temporary by OTLP (429, 502, 503, 504, a timeout) is sent again until
// retryTime is over. requestTimeout bounds one request.
const (
	requestTimeout = 10 * time.Second
	firstRetry     = 200 * time.Millisecond
	lastRetry      = 2 * time.Second
	retryTime      = 15 * time.Second
)

// ToFile returns an exporter of a run to a file, in OTLP's JSON: one ExportTraceServiceRequest a line, as the
// collector's file exporter writes it and its otlpjsonfile receiver reads it. redact removes
// secrets from texts.
func ToFile(run runs.Run, redact func(string) string, w io.Writer) (*Exporter, error) {
	return newExporter(run, redact,
		otlptracehttp.WithEndpointURL("http://file"), otlptracehttp.WithEncoding(otlptracehttp.EncodingJSON), otlptracehttp.WithCompression(otlptracehttp.NoCompression),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}), otlptracehttp.WithHTTPClient(&http.Client{Transport: lines{w}}))
}

// ToCollector returns an exporter of a run to a collector by OTLP/HTTP with protobuf. redact removes secrets from texts.
// Headers, such as one of authorization, are those of the environment variable
// OTEL_EXPORTER_OTLP_HEADERS; redirects are not followed.
func ToCollector(run runs.Run, redact func(string) string, to Collector) (*Exporter, error) {
	transport := &collectorTransport{base: &http.Transport{TLSClientConfig: to.TLS, MaxResponseHeaderBytes: maxAnswer}}
	client := &http.Client{Transport: transport, Timeout: requestTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	e, err := newExporter(run, redact,
		otlptracehttp.WithEndpointURL(to.URL()), otlptracehttp.WithEncoding(otlptracehttp.EncodingProtobuf), otlptracehttp.WithMaxResponseSize(maxAnswer),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: true, InitialInterval: firstRetry, MaxInterval: lastRetry, MaxElapsedTime: retryTime}), otlptracehttp.WithHTTPClient(client))
	if e != nil {
		e.wire = transport
	}
	return e, err
}

func newExporter(run runs.Run, redact func(string) string, options ...otlptracehttp.Option) (*Exporter, error) {
	to, err := otlptracehttp.New(context.Background(), options...)
	if err != nil {
		return nil, err
	}
	e := &Exporter{run: run, redact: redact, to: to}
	of := resource.NewSchemaless(semconv.ServiceName("sagalab"), runID.String(run.ID))
	// a sampler and limits of their own: the environment sets others
	provider := sdktrace.NewTracerProvider(sdktrace.WithResource(of), sdktrace.WithIDGenerator(chosenIDs{}), sdktrace.WithSampler(sdktrace.AlwaysSample()),
		sdktrace.WithRawSpanLimits(sdktrace.SpanLimits{AttributeValueLengthLimit: maxText, AttributeCountLimit: 64, EventCountLimit: 1, LinkCountLimit: 1, AttributePerEventCountLimit: 1, AttributePerLinkCountLimit: 1}),
		sdktrace.WithSpanProcessor(&e.ended))
	e.tracer = provider.Tracer("sagalab/traces", trace.WithSchemaURL(semconv.SchemaURL))
	return e, nil
}

// maxText is the longest text of an attribute, in characters.
const maxText = 1024

// send exports the spans that have ended, when there are enough for a batch, or all of them.
func (e *Exporter) send(ctx context.Context, all bool) error {
	list := e.ended.spans
	for len(list) >= BatchSpans || all && len(list) > 0 {
		n := min(len(list), BatchSpans)
		before := e.answers()
		err := e.to.ExportSpans(ctx, list[:n])
		after := e.answers()
		e.counts.Answers = after
		if err != nil && (ctx.Err() != nil || after == before) { // else it is what was answered
			return cause(err)
		}
		e.counts.Spans += n
		list = list[n:]
	}
	e.ended.spans = append(e.ended.spans[:0], list...)
	return nil
}

// answers returns what the collector answered so far.
func (e *Exporter) answers() Answers {
	if e.wire == nil {
		return Answers{}
	}
	return e.wire.answers()
}

// Flush exports the spans that are left.
func (e *Exporter) Flush(ctx context.Context) error {
	return errors.Join(e.send(ctx, true), e.to.Shutdown(context.WithoutCancel(ctx)))
}

// Counts returns what was exported so far.
func (e *Exporter) Counts() Counts { return e.counts }

// endedSpans is a span processor that keeps the spans that have ended, for one goroutine.
type endedSpans struct{ spans []sdktrace.ReadOnlySpan }

// OnStart implements sdktrace.SpanProcessor, as the others do.
func (*endedSpans) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd keeps a span.
func (p *endedSpans) OnEnd(s sdktrace.ReadOnlySpan) { p.spans = append(p.spans, s) }

// Shutdown does nothing.
func (*endedSpans) Shutdown(context.Context) error { return nil }

// ForceFlush does nothing.
func (*endedSpans) ForceFlush(context.Context) error { return nil }

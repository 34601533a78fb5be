// Package traces exports a recorded stage as traces, by OpenTelemetry's SDK and OTLP exporter: a trace
// for each operation, whose root span is the operation and whose other spans, of kind client, are
// its requests. The ids are those of package traceid, which were sent with the requests when the
// stage was recorded with traceparent, so that the spans of the service lie below them.
//
// Attributes are those of the semantic conventions for HTTP clients
// (https://opentelemetry.io/docs/specs/semconv/http/http-spans/), and sagalab's own, which begin with
// "sagalab.". Times are those recorded; waits are the gaps between spans.
package traces

// Package tracecheck has no code of its own. Its tests record runs with the built program, with traceparent
// headers, faults and retries, export them to the OTLP receiver of OpenTelemetry's Collector, and compare
// what it received with the rows of the runs and with the headers that the service received.
package tracecheck

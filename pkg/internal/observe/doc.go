// Package observe reads a service's state for an audit: what it was before the load
// (Baseline), values while load runs (Sampler), and the state afterwards, once no
// order is pending any more (ReadQuiescent). Evidence joins these with the run's
// history. Apart from ApplyFixture it only reads; it keeps what it read, and the
// audits' reports, beside the run.
package observe

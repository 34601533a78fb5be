// Package observe collects what an audit judges: what the service's state was before the
// load (Baseline), values while load runs (Sampler), and the state afterwards, once the
// service is quiet (ReadQuiescent). CollectEvidence joins these with the run's history and
// says who else used the service meanwhile. It keeps what it read, and the audits' reports,
// beside the run. It only reads, but for ApplyFixture, which sets the state, and AskAgain,
// which sends purchases of the run again.
package observe

package runs

// Share is the former name of WorkerResult.
//
// Deprecated: use WorkerResult.
type Share = WorkerResult

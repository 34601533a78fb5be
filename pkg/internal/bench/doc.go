// Package bench measures sagalab beside other load generators: the same requests to the same server in one run, every tool a process of its
// own, rounds interleaved and their order rotated, so that other work on the machine affects all of them alike. README.md has the results.
//
// Its command is pkg/cmd/bench. hey, vegeta and the Python cell that sagalab replaces are pinned in peers/, a module of its own, so that none
// of their dependencies enters ours. k6 is measured when it is on the PATH.
//
// Requests a second are counted by the server, from the first request that it received to the last answer that it sent, so that a tool's
// start-up does not count. CPU seconds and memory are those of the whole process, its start and its files included.
//
// Ratios to the baseline, net/http with a tuned Transport, can be stored and compared with a later run (Options.Save, Options.Against).
package bench

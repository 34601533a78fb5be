// Package bench measures sagalab beside its peers: the same requests to the same
// server in one run, every contender a process of its own, rounds interleaved
// and their order rotated, so that what disturbs the machine disturbs everyone.
//
// Its command is pkg/cmd/bench. The peers (hey, vegeta, k6 and the Python cell
// that sagalab replaces) are pinned in peers/, a module of its own, so that none
// of what they need comes into ours.
//
// Every figure says what it counts. Requests a second come from the server, from
// the first request that it saw to the last answer that it gave, so that a
// contender's start-up does not count; CPU seconds and memory are the whole
// process, its start and its files included.
package bench

// Package accuracy measures how often the audit is right. Its tests put real load on
// two services that share no code, the reference service and the one in
// testing/market, through a proxy that loses requests and replies, and judge what came
// of it:
//
//   - correct services of many styles must never be called violated, also when their adapter
//     shows only a part of what the contract has;
//   - each bug has to be found, in the runs in which it had an effect, by a rule that
//     names its cause. A bug that other rules find by a side effect counts as missed.
//
// The matrix of bugs and rules, with the number of runs and its wall time, is printed by
//
//	go test ./pkg/internal/accuracy -run TestBugMatrix -v -timeout 60m -args -runs 20
//
// and the correct runs by
//
//	go test ./pkg/internal/accuracy -run TestCorrect -v -timeout 60m -args -correct 500
//
// Without arguments both take a seeded sample.
package accuracy

// Package faultsearch finds the fewest purchases and the fewest faults with which a service
// breaks a rule of the audit, or says how much was tried without any.
//
// A Schedule of package fault says which calls go wrong. Search executes the schedule without
// faults, and takes each call that it saw as a place for one; with each fault it executes the
// schedule again, and takes the calls that it sees then as places for one more, such as the
// second attempt of a call whose first one failed. It tries all schedules of one fault before
// those of two, and kinds that lose a reply after an effect first. A schedule of which an
// earlier execution has shown what it would do is skipped, with the reason (Reason).
//
// An execution that violates a rule is made smaller until no purchase and no fault can be left
// out, and no kind be weaker (Witness). Without one the answer is a Certificate, whose counts
// add up to Formula.
//
// What is executed is behind Executor; Service is the one for services.
package faultsearch

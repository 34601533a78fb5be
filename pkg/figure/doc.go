// Package figure draws the stages of a run as gonum plots. It draws what was
// recorded and computed and measures nothing.
//
// Every figure of stages takes them in the order in which they are to appear. The
// colour is the stage in all of them; the pattern is the outcome: plain for success,
// hatched for failure, crossed for unknown. No figure relies on telling red from
// green. In the two figures that compare, the colour is the curve (CDFs) or the
// verdict (Effects); in Counterexample and CallTimeline it is how an attempt or a call
// ended, in FaultMap what a search found. A shaded
// interval in a figure over time is a fault (Span). Scatter, Lines and Bars draw any data
// frame; there the colour is the value of a column.
//
// A figure that would be empty returns Nothing, an error whose text says why. Reasons
// to doubt a stage's data are written below its figure. Latencies that are not
// finite numbers are left out; a latency that is not above 0 counts as the smallest
// one on a logarithmic axis.
//
// Texts are English, or Japanese in a program that calls Labels of package
// figure/japanese. Every text of a figure is looked up there, names of data never.
package figure

// Package compare computes what can be concluded from the recorded rows of one stage
// or of two: whether a metric changed and within which interval (Stages, Repeats,
// Runs), whether the change stays within a bound (Gate), how long a service took to
// recover from a fault (TimeToRecover), and up to which arrival rate it kept up
// (FindKnee). It reads package runs, draws no random number and prints nothing.
//
// Rows of stages are read wherever they are (runs.Stage.OnDisk). Functions that return no
// error panic with a *runs.DamageError when the files of a stage on disk were damaged or removed
// after it was opened.
package compare

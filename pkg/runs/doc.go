// Package runs keeps what a run recorded: rows that are appended to a journal
// while a stage runs, finished atomically as parquet, and found again by later
// cells and on later days.
//
// A run is a directory with one directory in it for every time that a stage was
// executed:
//
//	20261123-090000/                a run
//	  run.json                      what it is, and which session began it
//	  01-light/                     its first executed stage
//	    stage.json                  what was run, against what, how it ended
//	    operations.parquet          one row an operation
//	    attempts.parquet            one row an attempt
//	    records.bin                 instead of the two, while it runs or after a crash
//	    samples.json                what the service showed meanwhile, of stages that are audited
//	  02-medium/ …
//
// run.json, stage.json and records.bin have a format version. Older versions are
// read, from before there was one, too (records.bin was journal.bin then); a newer
// one is refused with a [VersionError].
package runs

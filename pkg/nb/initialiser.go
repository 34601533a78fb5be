package nb

import (
	"fmt"
	"go/token"
	"runtime"
	"strings"
)

// refuseInitialiser returns an error when it is called, however deep, by the initialiser of a
// package-level variable or by a function init. A cell's declarations are part of every later
// cell's program, so that `var heavy = lab.Stage(…)` would send the load again each time.
func refuseInitialiser(stage string) error {
	if !initialising() {
		return nil
	}
	name := "stage"
	if token.IsIdentifier(stage) {
		name = stage
	}
	return fmt.Errorf("stage %q was not started: a var outside of a function is set anew in every later cell, and its load would be sent again each time; "+
		"remove the var with a cell %%rm NAME, write %s := lab.Stage(…) below a line %%%%, and %s := lab.Recorded(%q) in later cells", stage, name, name, stage)
}

// initialising reports whether the calling goroutine initialises packages.
func initialising() bool {
	callers := make([]uintptr, 256)
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "runtime.doInit") {
			return true
		}
		if !more {
			return false
		}
	}
}

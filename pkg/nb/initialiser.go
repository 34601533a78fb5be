package nb

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"runtime"
	"strings"
)

// refuseInitialiser returns an error when it is called, however deep, by the initialiser of a
// package-level variable or by a function init. A cell's declarations are part of every later
// cell's program, so that `var heavy = lab.Stage(…)` would send the load again each time.
func refuseInitialiser(stage string) error {
	caller, initialising := initialiser()
	if !initialising {
		return nil
	}
	name := "stage"
	if token.IsIdentifier(stage) {
		name = stage
	}
	remove := "%rm NAME, with the var's name for NAME"
	if variable := variableAt(caller.File, caller.Line); variable != "" {
		remove, name = "%rm "+variable, variable
	}
	return fmt.Errorf("stage %q was not started: a var outside of a function is set anew in every later cell, and its load would be sent again each time; "+
		"remove the var with a cell %s, write %s := lab.Stage(…) below a line %%%%, and %s := lab.Recorded(%q) in later cells", stage, remove, name, name, stage)
}

// initialiser returns where the initialiser of a package calls this function, however deep, and
// false when none does.
func initialiser() (caller runtime.Frame, initialising bool) {
	callers := make([]uintptr, 256)
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "runtime.doInit") {
			return caller, true
		}
		if !more {
			return runtime.Frame{}, false
		}
		caller = f
	}
}

// variableAt returns the name of the package-level variable whose declaration has a line of a
// source file, "" when there is none or the file cannot be read.
func variableAt(path string, line int) (name string) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return ""
	}
	for _, d := range file.Decls {
		declared, ok := d.(*ast.GenDecl)
		if !ok || declared.Tok != token.VAR {
			continue
		}
		for _, spec := range declared.Specs {
			v := spec.(*ast.ValueSpec) // as every spec of a var
			if files.Position(v.Pos()).Line <= line && line <= files.Position(v.End()).Line && v.Names[0].Name != "_" {
				name = cmp.Or(name, v.Names[0].Name)
			}
		}
	}
	return name
}

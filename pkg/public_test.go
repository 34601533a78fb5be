package pkg

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// public are the packages that cells import; all others are under internal or cmd.
var public = []string{"adapters", "buyers", "compare", "fault", "figure", "figure/japanese", "frame", "load", "nb", "nb/explore", "purchase", "retry", "runs"}

// TestPublicPackagesNameNoInternalType checks that whatever a public package exports can
// be named by a cell, which cannot import an internal package. An alias is enough:
// type Machine = provenance.Machine.
func TestPublicPackagesNameNoInternalType(t *testing.T) {
	for _, p := range public {
		files, err := filepath.Glob(filepath.FromSlash(p) + "/*.go")
		if err != nil || len(files) == 0 {
			t.Errorf("package %s: %d files, %v", p, len(files), err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range internalNames(f) {
				t.Errorf("%s: an exported declaration names %s: give it an alias, or hide it", file, name)
			}
		}
	}
}

// internalNames lists the types of internal packages in a file's exported declarations.
func internalNames(f *ast.File) (names []string) {
	internal := map[string]bool{}
	for _, spec := range f.Imports {
		at, _ := strconv.Unquote(spec.Path.Value)
		if strings.Contains(at, "sagalab/pkg/internal/") || strings.Contains(at, "/internal/") && strings.HasPrefix(at, "sagalab/") {
			name := path.Base(at)
			if spec.Name != nil {
				name = spec.Name.Name
			}
			internal[name] = true
		}
	}
	look := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && internal[x.Name] {
					names = append(names, x.Name+"."+s.Sel.Name)
				}
			}
			return true
		})
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d))) {
				look(d.Type)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if s, ok := spec.(*ast.TypeSpec); ok && s.Name.IsExported() && !s.Assign.IsValid() {
					lookType(s.Type, look)
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// lookType looks at a type, of a struct at its exported fields.
func lookType(x ast.Expr, look func(ast.Node)) {
	s, ok := x.(*ast.StructType)
	if !ok {
		look(x)
		return
	}
	for _, field := range s.Fields.List {
		if len(field.Names) == 0 || slices.ContainsFunc(field.Names, (*ast.Ident).IsExported) {
			look(field.Type)
		}
	}
}

// receiver is the name of a method's type.
func receiver(d *ast.FuncDecl) string {
	x := d.Recv.List[0].Type
	if s, ok := x.(*ast.StarExpr); ok {
		x = s.X
	}
	if i, ok := x.(*ast.IndexExpr); ok {
		x = i.X
	}
	if id, ok := x.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// TestRooms checks that a package is either one that cells import, or a command, or
// internal.
func TestRooms(t *testing.T) {
	dirs := map[string]bool{}
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, ".go") {
			dirs[filepath.ToSlash(filepath.Dir(p))] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir := range dirs {
		if dir != "." && !slices.Contains(public, dir) && !strings.Contains("/"+dir+"/", "/internal/") && !strings.HasPrefix(dir, "cmd/") && dir != "deploy/check" {
			t.Errorf("package %s is neither one that cells import nor under internal or cmd", dir)
		}
	}
}

package runner

import (
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTheWayOfOnePurchase: each function that the package's comment lists exists, and
// is named by one of those before it or, where these call it through functions that
// the list leaves out, by the package of the one before. A reader who follows the list
// enters no file twice, and few files and packages at all.
func TestTheWayOfOnePurchase(t *testing.T) {
	way := listedFunctions(t)
	if len(way) < 15 {
		t.Fatalf("the comment lists %d functions, want the whole way", len(way))
	}
	packages := map[string]map[string]function{}
	named := map[string]bool{} // by functions before
	files, last := map[string]bool{}, ""
	for i, w := range way {
		if packages[w.pkg] == nil {
			packages[w.pkg] = functions(t, w.pkg)
		}
		f, ok := packages[w.pkg][w.name]
		if !ok {
			t.Errorf("package %s has no function %s", w.pkg, w.name)
			continue
		}
		base := w.name[strings.LastIndexByte(w.name, '.')+1:]
		if i > 0 && !named[base] && !namedIn(packages[way[i-1].pkg], base) {
			t.Errorf("%s.%s is called neither from a function before it nor from package %s", w.pkg, w.name, way[i-1].pkg)
		}
		for _, name := range f.names {
			named[name] = true
		}
		if f.file != last && files[f.file] {
			t.Errorf("%s.%s is in %s, which was left before", w.pkg, w.name, f.file)
		}
		files[f.file], last = true, f.file
	}
	t.Logf("%d functions in %d files of %d packages", len(way), len(files), len(packages))
	if len(files) > 20 || len(packages) > 6 {
		t.Errorf("a purchase passes %d files of %d packages, want 20 of 6 at most", len(files), len(packages))
	}
}

// step is a function of the list: "load", "userPool.dispatch".
type step struct{ pkg, name string }

// listedFunctions reads the items of the list in doc.go.
func listedFunctions(t *testing.T) (way []step) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	item := regexp.MustCompile(`^\[([\w.]+)\] `)
	for _, block := range new(comment.Parser).Parse(f.Doc.Text()).Content {
		list, ok := block.(*comment.List)
		if !ok {
			continue
		}
		for _, i := range list.Items {
			text := string((&comment.Printer{}).Comment(&comment.Doc{Content: i.Content}))
			m := item.FindStringSubmatch(text)
			if m == nil {
				t.Fatalf("the item %q does not begin with a [function]", text)
			}
			pkg, name, _ := strings.Cut(m[1], ".")
			if _, err := os.Stat(filepath.Join("..", "..", pkg)); err != nil {
				pkg, name = "internal/runner", m[1]
			}
			way = append(way, step{pkg, name})
		}
	}
	return way
}

// function is a declared function: its file and all names in its body.
type function struct {
	file  string
	names []string
}

// functions are those of a package of this module, methods as Type.Method.
func functions(t *testing.T, pkg string) map[string]function {
	t.Helper()
	dir := filepath.Join("..", "..", filepath.FromSlash(pkg))
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]function{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range syntax.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Body != nil {
				all[receiver(d)+d.Name.Name] = function{file, namesIn(d)}
			}
		}
	}
	return all
}

func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if generic, ok := typ.(*ast.IndexExpr); ok {
		typ = generic.X
	}
	return typ.(*ast.Ident).Name + "."
}

func namesIn(d *ast.FuncDecl) (names []string) {
	ast.Inspect(d.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			names = append(names, id.Name)
		}
		return true
	})
	return names
}

func namedIn(functions map[string]function, name string) bool {
	for _, f := range functions {
		if slices.Contains(f.names, name) {
			return true
		}
	}
	return false
}

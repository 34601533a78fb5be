package pkg

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// formerNames has, for a folder and all below it, the names that no longer name anything
// declared there: each was replaced by a term of the field, in parentheses. The names are
// whole identifiers, or names of files without .go.
var formerNames = map[string]string{
	".": "keeper Keeper (Recorder) Leg (Segment) Deal (Split) courier (collector) crew (userPool, fleet flags) " +
		"flight flights (inflight) glance (parseReply) Ground (Baseline) Lay (ApplyFixture) Survey (ReadBaseline) " +
		"Scene SceneUser SceneProduct ErrNoScene (Fixture) Opinion (LinearizabilityResult) Parcel (Chunk) Offer (LoadBin) " +
		"Alone (Unmatched) hush (resetLiveness) bury (markLost) lot (keyed.Fraction) contender (tool) yardstick (baseline) told (accuracy) " +
		"collectLess (relaxGC)",
	"internal/runner":  "scenario Source (RecordSource) Ended (SourceResult) way (faultChain)",
	"load":             "Workers (VUs) Asked (Planned) Share RunShare (Partition) hand dismiss (dispatch, drain) alarm (preciseTimer)",
	"retry":            "lean (h1) account (budgetTracker) again (decide) blank (redact)",
	"purchase":         "quick (fast path)",
	"fault":            "Share (Probability)",
	"internal/audit":   "world (model) deed (purchase, attempt) teller tell (apply) give (assign) claim (debit) fate (effect)",
	"internal/observe": "Ground Lay Survey",
	"runs":             "Share (WorkerShare)",
	"compare":          "worth (effectiveN) bare (pointEstimate)",
	"internal/fleet":   "gathering (coordinator) shift (assignment) hand (upload) silence (heartbeatTimeout) blind (orphanTimeout) patience (dbOutageMax) ",
	"internal/shop":    "land (complete) line (groupCommitter) standing (leaseToken) gate (fence) apart together (batchable, commitGroup) statements (prepared) unreachable (database_errors)",
	"internal/jupyter": "Lab (Installation) conversation (notebookRun) workshop (sandbox) strays (orphans)",
	"cmd/sagalab":      "wrong (chaos flags) owner (port owner)",
	"nb":               "done (exitOnError) say (printf) gate (interlock) guarded (runInterlocked) Rehearse (DryRun) Search (CapacitySearch)",
}

// kept are declarations that bear a former name all the same, and why.
var kept = map[string]string{
	"nb.Search":             "deprecated alias for cells",
	"nb.Rehearse":           "deprecated alias for cells",
	"nb.Scene":              "deprecated alias for cells",
	"purchase.Scene":        "deprecated alias for cells",
	"purchase.SceneUser":    "deprecated alias for cells",
	"purchase.SceneProduct": "deprecated alias for cells",
	"purchase.ErrNoScene":   "deprecated alias for programs",
	"load.Leg":              "deprecated alias for cells",
	"load.Share":            "deprecated alias for cells",
	"runs.Share":            "deprecated alias for cells",
	"load.Workers":          "deprecated field, refused with a message that names VUs",
	"fault.Share":           "deprecated field, refused with a message that names Probability",
}

func TestFormerNames(t *testing.T) {
	found := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		former := formerIn(dir)
		if base := strings.TrimSuffix(strings.TrimSuffix(d.Name(), ".go"), "_test"); former[base] != "" {
			t.Errorf("%s: a file named %s: say %s", path, base, former[base])
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, id := range declared(f) {
			name := dir + "." + id
			if former[id] == "" {
				continue
			}
			if kept[name] != "" {
				found[name] = true
				continue
			}
			t.Errorf("%s: declares %s: say %s", path, id, former[id])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range kept {
		if !found[name] {
			t.Errorf("%s is gone: remove it from the list of what is kept", name)
		}
	}
}

// formerIn returns the former names that count in a directory, with what to say instead.
func formerIn(dir string) map[string]string {
	former := map[string]string{}
	for room, names := range formerNames {
		if room != "." && dir != room && !strings.HasPrefix(dir, room+"/") {
			continue
		}
		var open []string
		for rest := names; rest != ""; {
			var word string
			if strings.HasPrefix(rest, "(") {
				word, rest, _ = strings.Cut(rest[1:], ")")
				for _, o := range open {
					former[o] = word
				}
				open, rest = nil, strings.TrimSpace(rest)
				continue
			}
			word, rest, _ = strings.Cut(rest, " ")
			rest = strings.TrimSpace(rest)
			open = append(open, word)
			former[word] = "another name (see the terms in CONTRIBUTING.md)"
		}
	}
	return former
}

// declared lists the names of a file's types, functions, methods, fields, package-level
// variables and constants. Names of locals are not in it.
func declared(f *ast.File) (names []string) {
	add := func(ids ...*ast.Ident) {
		for _, id := range ids {
			names = append(names, id.Name)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			add(n.Name)
			return false
		case *ast.TypeSpec:
			add(n.Name)
		case *ast.ValueSpec:
			add(n.Names...)
		case *ast.StructType:
			for _, field := range n.Fields.List {
				add(field.Names...)
			}
		case *ast.InterfaceType:
			for _, m := range n.Methods.List {
				add(m.Names...)
			}
		}
		return true
	})
	slices.Sort(names)
	return names
}

// identifier matches a first word of a comment that can only be a name: sampleBuffers.
var identifier = regexp.MustCompile(`^[a-z]+[A-Z]\w*$`)

// TestCommentsNameWhatTheyDocument checks that the comment of a declaration begins with its
// name, which a rename leaves behind easily; in tests only, that a comment which begins
// with a name begins with the right one.
func TestCommentsNameWhatTheyDocument(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		check := func(doc *ast.CommentGroup, names ...*ast.Ident) {
			if doc == nil || doc.Text() == "" { // "" for a directive alone, such as go:embed
				return
			}
			first, _, _ := strings.Cut(strings.Join(strings.Fields(doc.Text()), " "), " ")
			first = strings.TrimSuffix(strings.TrimRight(first, ",:"), "'s")
			mustName := len(names) == 1 && !strings.HasSuffix(path, "_test.go") && !strings.HasPrefix(first, "Deprecated")
			if (mustName || identifier.MatchString(first)) && !slices.ContainsFunc(names, func(id *ast.Ident) bool { return id.Name == first }) {
				t.Errorf("%s: the comment of %s begins with %s", path, names[0], first)
			}
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				check(d.Doc, d.Name)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						if s.Doc == nil && len(d.Specs) == 1 {
							s.Doc = d.Doc
						}
						check(s.Doc, s.Name)
					case *ast.ValueSpec:
						if s.Doc == nil && len(d.Specs) == 1 {
							s.Doc = d.Doc
						}
						check(s.Doc, s.Names...)
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

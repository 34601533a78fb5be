// Package pkg has no code of its own: this test holds the drawing of the house.
package pkg

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed is what each package may import of ours, and of the libraries that the
// house keeps in one place. Arrows point down only: measurement never prints,
// figures never measure, only notebooks and commands use nb, and what a cell
// imports stays free of the saga engine, which takes a minute to compile.
var allowed = map[string][]string{
	// what differs between operating systems, free of everything else
	"internal/ipynb":            {},
	"internal/keyed":            {}, // draws that depend on a seed and a key only
	"internal/language":         {}, // texts in other languages
	"internal/language/ja":      {"internal/language"},
	"internal/netlog":           {}, // what net/http logs
	"internal/oserr":            {},
	"internal/osfile":           {},
	"internal/procgroup":        {},
	"internal/printable":        {}, // control characters made visible
	"internal/redact":           {}, // secrets removed from texts
	"internal/spelling":         {}, // which name was meant
	"internal/traceid":          {}, // the ids of traces and spans
	"internal/testing/echo":     {}, // for tests only, as the next
	"internal/testing/market":   {},
	"adapters":                  {"internal/spelling", "purchase", "retry", "yaml", "gjson"}, // linked only where it is imported
	"internal/testing/stepshop": {"purchase", "retry", "gjson"},                              // for tests only
	"buyers":                    {"internal/keyed", "purchase"},
	"internal/testing/tlstest":  {},
	"internal/acp":              {"purchase", "retry", "gjson"},
	"internal/portable":         {"adapters", "internal/acp", "purchase"}, // the adapters that a process can make again
	"internal/testing/merchant": {"internal/acp"},                         // for tests only

	"load":                      {},
	"internal/provenance":       {},
	"internal/threshold":        {"internal/spelling", "load"},
	"internal/live":             {"load", "internal/printable", "internal/threshold"}, // load for how numbers are written
	"fault":                     {"internal/keyed", "internal/procgroup", "toxiproxy"},
	"retry":                     {"internal/oserr", "internal/redact", "retry/internal/h1", "resty"},
	"retry/internal/h1":         {"internal/oserr"},
	"purchase":                  {"internal/printable", "retry", "gjson"},
	"compare":                   {"load", "purchase", "runs", "gonum"},
	"runs":                      {"internal/oserr", "internal/osfile", "internal/printable", "load", "internal/provenance", "purchase", "parquet"},
	"internal/runner":           {"fault", "internal/keyed", "internal/live", "load", "internal/observe", "purchase", "retry", "runs", "internal/threshold", "internal/traceid"},
	"internal/fleet":            {"buyers", "internal/portable", "internal/procgroup", "load", "purchase", "retry", "runs", "internal/runner", "dbos", "pgx"},
	"internal/fleet/relay":      {"buyers", "internal/procgroup", "load", "purchase", "retry", "runs", "internal/runner"}, // what a cell imports of a fleet: no engine
	"internal/audit/history":    {"purchase", "runs"},
	"internal/audit":            {"internal/audit/history", "purchase", "runs", "porcupine"},
	"internal/observe":          {"buyers", "internal/audit", "internal/audit/history", "internal/keyed", "internal/osfile", "purchase", "retry", "runs"},
	"internal/faultsearch":      {"internal/audit", "fault", "internal/keyed", "load", "internal/observe", "internal/osfile", "purchase", "retry", "runs", "internal/runner"},
	"internal/advise":           {"compare", "fault", "internal/threshold", "load", "purchase", "retry", "runs"},
	"internal/traces":           {"internal/traceid", "purchase", "runs", "otel"},
	"internal/report":           {"internal/audit", "compare", "load", "internal/observe", "internal/printable", "runs"},
	"frame":                     {"compare", "internal/spelling", "load", "purchase", "runs", "gota", "parquet"},
	"figure":                    {"compare", "frame", "internal/language", "load", "purchase", "runs", "gota", "plot"},
	"figure/japanese":           {"internal/language", "internal/language/ja", "plot", "ebiten"}, // its font is linked only where it is imported
	"internal/claims":           {"internal/ipynb", "internal/language", "internal/language/ja"}, // for tests only: what notebooks claim
	"internal/jupyter":          {"internal/ipynb", "internal/language", "internal/language/ja", "internal/oserr", "internal/osfile", "internal/printable", "internal/procgroup", "internal/redact"},
	"internal/testing/chromium": {"internal/testing/debian"}, // for tests only, as the next
	"internal/testing/debian":   {"internal/osfile"},
	"nb":                        {"internal/advise", "buyers", "internal/audit", "compare", "fault", "figure", "internal/fleet/relay", "frame", "internal/jupyter", "internal/language", "internal/live", "load", "internal/netlog", "internal/observe", "internal/printable", "purchase", "internal/redact", "retry", "runs", "internal/runner", "internal/threshold", "gonb", "gota", "plot", "internal/faultsearch"},
	"nb/explore":                {"gonb"},
	"internal/testing/postgres": {"internal/testing/debian", "pgx"}, // for tests only
	"internal/bookshop":         {},                                 // a service of another API, which knows nothing of ours
	"internal/shop/httpio":      {"purchase"},
	"internal/shop/store":       {"internal/osfile", "purchase", "dbos", "pgx", "sqlite"}, // dbos: its SQLite driver
	"internal/shop/defect":      {"internal/keyed", "internal/shop/httpio", "internal/shop/store", "purchase"},
	"internal/shop/remote":      {"internal/procgroup", "internal/shop/defect", "internal/shop/httpio", "internal/shop/store", "purchase"},
	"internal/shop":             {"internal/provenance", "internal/shop/defect", "internal/shop/httpio", "internal/shop/remote", "internal/shop/store", "purchase", "dbos", "pgx"},
	"internal/bench":            {"internal/procgroup", "load", "runs", "gonum", "plot"},
	"cmd/bench":                 {"internal/bench", "internal/jupyter"},
	"cmd/sagalab":               {"internal/advise", "adapters", "buyers", "internal/acp", "internal/audit", "internal/bookshop", "compare", "fault", "internal/fleet", "internal/fleet/relay", "internal/oserr", "internal/jupyter", "internal/live", "load", "internal/netlog", "internal/observe", "internal/portable", "internal/printable", "internal/provenance", "purchase", "internal/redact", "internal/report", "retry", "runs", "internal/runner", "internal/shop", "internal/shop/defect", "internal/threshold", "cobra", "internal/faultsearch", "internal/shop/remote", "internal/traces"},
	"cmd/sagalab/internal/e2e":  {"internal/claims", "internal/jupyter", "internal/provenance", "internal/testing/chromium", "internal/testing/postgres", "runs"}, // for tests only
	// these have tests only
	"internal/accuracy":              {},
	"cmd/sagalab/e2e/auditnotebooks": {},
	"cmd/sagalab/e2e/browser":        {},
	"cmd/sagalab/e2e/cells":          {},
	"cmd/sagalab/e2e/fleet":          {},
	"cmd/sagalab/e2e/loadnotebooks":  {},
}

// libraries are the modules that only some packages may import, by import path.
var libraries = map[string]string{
	"github.com/go-resty/resty/":        "resty",
	"github.com/parquet-go/parquet-go":  "parquet",
	"github.com/go-gota/gota/":          "gota",
	"gonum.org/v1/plot":                 "plot",
	"gonum.org/v1/gonum":                "gonum",
	"github.com/janpfeifer/gonb/":       "gonb",
	"github.com/dbos-inc/":              "dbos",
	"github.com/jackc/pgx/":             "pgx",
	"modernc.org/sqlite":                "sqlite",
	"github.com/anishathalye/porcupine": "porcupine",
	"github.com/spf13/cobra":            "cobra",
	"github.com/Shopify/toxiproxy/":     "toxiproxy",
	"github.com/hajimehoshi/ebiten/":    "ebiten",
	"github.com/goccy/go-yaml/":         "yaml",
	"github.com/tidwall/gjson":          "gjson",
	"go.opentelemetry.io/":              "otel",
	"google.golang.org/protobuf/":       "otel",
}

func TestArrowsPointDown(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "sagalab/pkg/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, "sagalab/pkg/")
		if name == "sagalab/pkg" {
			continue
		}
		may, known := allowed[name]
		if !known {
			t.Errorf("package %s has no row: add it to the table above, and to the one in .github/CONTRIBUTING.md", name)
		}
		seen++
		for _, i := range p.Imports {
			if room := room(i); room != "" && !slices.Contains(may, room) {
				t.Errorf("%s imports %s, want only %v of ours and of the libraries kept in one place", name, i, may)
			}
		}
	}
	if seen != len(allowed) {
		t.Errorf("%d packages found, the table has %d: remove what is gone", seen, len(allowed))
	}
}

// room is the name of an import in the table, "" for one that is free to all.
func room(path string) string {
	if ours, ok := strings.CutPrefix(path, "sagalab/pkg/"); ok {
		return ours
	}
	for prefix, name := range libraries {
		if strings.HasPrefix(path, prefix) {
			return name
		}
	}
	return ""
}

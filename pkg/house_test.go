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
	"internal/ipynb":     {},
	"internal/oserr":     {},
	"internal/osfile":    {},
	"internal/procgroup": {},
	"internal/tlstest":   {}, // for tests only

	"load":         {},
	"provenance":   {},
	"threshold":    {"load"},
	"live":         {"load", "threshold"}, // load for how numbers are written
	"fault":        {"internal/procgroup", "toxiproxy"},
	"retry":        {"internal/oserr", "resty"},
	"purchase":     {"retry"},
	"runs":         {"internal/oserr", "internal/osfile", "load", "provenance", "purchase", "parquet"},
	"scenario":     {"fault", "live", "load", "observe", "purchase", "retry", "runs", "threshold"},
	"fleet":        {"internal/procgroup", "load", "purchase", "retry", "runs", "scenario", "dbos", "pgx"},
	"fleet/relay":  {"internal/procgroup", "load", "purchase", "retry", "runs", "scenario"}, // what a cell imports of a fleet: no engine
	"audit":        {"purchase", "runs", "porcupine"},
	"observe":      {"audit", "purchase", "retry", "runs"},
	"report":       {"audit", "load", "observe", "runs"},
	"frame":        {"load", "purchase", "runs", "gota"},
	"figure":       {"load", "purchase", "runs", "plot"},
	"claims":       {"internal/ipynb"}, // for tests only: what notebooks claim
	"lab":          {"internal/ipynb", "internal/oserr", "internal/osfile", "internal/procgroup"},
	"lab/chromium": {"lab/debian"}, // for tests only, as the next
	"lab/debian":   {"internal/osfile"},
	"nb":           {"audit", "fault", "figure", "fleet/relay", "frame", "lab", "live", "load", "observe", "purchase", "retry", "runs", "scenario", "threshold", "gonb", "gota", "plot"},
	"nb/explore":   {"gonb"},
	"postgres":     {"lab/debian", "pgx"}, // for tests only
	"shop":         {"internal/osfile", "provenance", "purchase", "dbos", "pgx", "sqlite"},
	"bench":        {"internal/procgroup", "load", "runs", "plot"},
	"cmd/bench":    {"bench", "lab"},
	"cmd/sagalab":  {"audit", "fault", "fleet", "fleet/relay", "internal/oserr", "lab", "live", "load", "observe", "provenance", "purchase", "report", "retry", "runs", "scenario", "shop", "threshold", "cobra"},
}

// libraries are the modules that only some packages may import, by import path.
var libraries = map[string]string{
	"github.com/go-resty/resty/":        "resty",
	"github.com/parquet-go/parquet-go":  "parquet",
	"github.com/go-gota/gota/":          "gota",
	"gonum.org/v1/plot":                 "plot",
	"github.com/janpfeifer/gonb/":       "gonb",
	"github.com/dbos-inc/":              "dbos",
	"github.com/jackc/pgx/":             "pgx",
	"modernc.org/sqlite":                "sqlite",
	"github.com/anishathalye/porcupine": "porcupine",
	"github.com/spf13/cobra":            "cobra",
	"github.com/Shopify/toxiproxy/":     "toxiproxy",
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
			t.Errorf("package %s has no place in the house: add it to the table, and to the README", name)
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

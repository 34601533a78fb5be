package nb

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// cellVariable makes the test binary be one cell of a notebook, as the program of
// a cell is: a process of its own.
const cellVariable = "SAGALAB_NB_TEST_CELL"

func TestMain(m *testing.M) {
	if cell := os.Getenv(cellVariable); cell != "" {
		if err := runCell(cell); err != nil {
			fmt.Println("FAILED:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func runCell(cell string) error {
	l := Lab{Name: "notebook", API: os.Getenv("SAGALAB_API")}
	switch cell {
	case "setup":
		return l.setup()
	case "check":
		return l.checkConnectivity()
	}
	return l.load(load.Stage{Name: cell, Requests: 40, VUs: 4}, order, nil)
}

// notebook is one execution of a notebook: its API, its environment, and what its
// orders are named after.
type notebook struct {
	name, api string
	env       []string
}

// cell runs a cell to its end and returns what it printed.
func (n notebook) cell(t *testing.T, cell string) (string, error) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(sessionVariables, name)
	})
	c.Env = append(append(c.Env, cellVariable+"="+cell, "SAGALAB_API="+n.api), n.env...)
	text, err := c.CombinedOutput()
	return string(text), err
}

// TestNotebooksAtOnceDoNotMix runs the cells of two notebooks in turn, then their
// stages at once: the same notebook in one store, against two services. They are
// told apart by each of the variables alone.
func TestNotebooksAtOnceDoNotMix(t *testing.T) {
	for _, tt := range []struct{ variable, a, b string }{
		{"SAGALAB_SESSION", "JBSWY3DP", "EBLW64TM"},
		{protocol.GONB_JUPYTER_KERNEL_ID_ENV, "6f1f0c2e-77a4-4b3f-9d55-0c5d6b1f2a10", "6f1f0c2e-77a4-4b3f-9d55-0c5d6b1f2a11"},
		{protocol.GONB_TMP_DIR_ENV, "temporary/gonb_0d93bc0f", "temporary/gonb_0d93bc10"},
	} {
		t.Run(tt.variable, func(t *testing.T) {
			var both [2]notebook
			for i, value := range []string{tt.a, tt.b} {
				name := string(rune('a' + i))
				l, _, _ := cells(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"order_id":"`+name+`"}`) })
				both[i] = notebook{name: name, api: l.API, env: []string{tt.variable + "=" + value}}
			}
			for _, cell := range []string{"setup", "check"} {
				for _, n := range both {
					if text, err := n.cell(t, cell); err != nil {
						t.Fatalf("cell %s of notebook %s: %v\n%s", cell, n.name, err, text)
					}
				}
			}
			var stages sync.WaitGroup
			for _, n := range both {
				stages.Go(func() {
					for _, cell := range []string{"light", "heavy"} {
						if text, err := n.cell(t, cell); err != nil || !strings.Contains(text, "Stage "+cell+" completed: success=40 failure=0") {
							t.Errorf("stage %s of notebook %s: %v\n%s", cell, n.name, err, text)
						}
					}
				})
			}
			stages.Wait()
			checkNotebookRuns(t, both)
		})
	}
}

// checkNotebookRuns wants a run for each notebook, with its own stages and no row
// of the other's.
func checkNotebookRuns(t *testing.T, both [2]notebook) {
	t.Helper()
	list, err := runs.Store{Dir: os.Getenv("SAGALAB_RUNS")}.List()
	if err != nil || len(list) != 2 || list[0].Session == list[1].Session {
		t.Fatalf("runs %+v, %v; want two of different sessions", list, err)
	}
	for i, r := range list {
		stages, err := r.Stages()
		if err != nil || len(stages) != 2 || r.API != strings.TrimSuffix(both[i].api, "/purchase") {
			t.Errorf("run %s at %s has %d stages, %v; want both of notebook %s at %s", r.ID, r.API, len(stages), err, both[i].name, both[i].api)
		}
		for _, s := range stages {
			if len(s.Operations) != 40 || s.API != r.API {
				t.Errorf("stage %s of run %s has %d operations at %s, want 40 at %s", s.Stage, r.ID, len(s.Operations), s.API, r.API)
			}
			for _, op := range s.Operations {
				if op.OrderID != both[i].name {
					t.Fatalf("stage %s of run %s has order %q, want %q", s.Stage, r.ID, op.OrderID, both[i].name)
				}
			}
		}
	}
}

func TestASessionIsNeeded(t *testing.T) {
	l, _, _ := cells(t, confirm)
	for _, name := range sessionVariables {
		t.Setenv(name, "")
	}
	for name, cell := range map[string]func() error{"set-up": l.setup, "a check": l.checkConnectivity} {
		if err := cell(); err == nil || !strings.Contains(err.Error(), "set SAGALAB_SESSION") {
			t.Errorf("%s without a session = %v, want it to name SAGALAB_SESSION", name, err)
		}
	}
}

// TestASessionBeatsAnInheritedKernel: `sagalab run` that is started from a cell
// inherits that cell's kernel id.
func TestASessionBeatsAnInheritedKernel(t *testing.T) {
	t.Setenv(protocol.GONB_JUPYTER_KERNEL_ID_ENV, "6f1f0c2e-77a4-4b3f-9d55-0c5d6b1f2a10")
	t.Setenv("SAGALAB_SESSION", "JBSWY3DP")
	if id, err := session(); err != nil || id != "JBSWY3DP" {
		t.Errorf("session() = %q, %v; want JBSWY3DP", id, err)
	}
}

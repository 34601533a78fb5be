package runs

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestGatesAreKept(t *testing.T) {
	run, err := Store{Dir: t.TempDir()}.Create("gates", "http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := run.Gates(); err != nil || got != nil {
		t.Errorf("before the first: %v, %v", got, err)
	}
	for _, c := range []struct {
		comparison, verdict string
	}{{"b against a", "unclear"}, {"d against c", "holds"}, {"b against a", "violated"}} {
		if err := run.SaveGates(c.comparison, []JudgedGate{{Gate: "p50 < +20%", Verdict: c.verdict, Detail: "because"}}); err != nil {
			t.Fatal(err)
		}
	}
	want := []JudgedGate{{"d against c", "p50 < +20%", "holds", "because"}, {"b against a", "p50 < +20%", "violated", "because"}}
	if got, err := run.Gates(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if err := os.WriteFile(filepath.Join(run.Dir(), gatesFile), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := run.Gates(); err == nil || !strings.Contains(err.Error(), gatesFile) {
		t.Errorf("a damaged file: %v, want its name", err)
	}
}

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
	gate, err := ParseGates("p50 < +20%")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		comparison string
		verdict    GateVerdict
	}{{"b against a", GateUnclear}, {"d against c", GateHolds}, {"b against a", GateViolated}} {
		if err := run.SaveGates(c.comparison, []GateResult{{gate[0], "x", c.verdict, "because"}}); err != nil {
			t.Fatal(err)
		}
	}
	want := []JudgedGate{{"d against c", "p50 < +20%", GateHolds, "because"}, {"b against a", "p50 < +20%", GateViolated, "because"}}
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

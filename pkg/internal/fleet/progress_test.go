package fleet

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"sagalab/pkg/load"
)

// FuzzPlan: a plan from the database is refused, or read back the same, and a worker makes a sender of it or reports an
// error; it never panics.
func FuzzPlan(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string, number int) {
		p, err := decode[plan](text)
		if err != nil {
			return
		}
		encoded, err := p.encode()
		if err != nil {
			t.Fatalf("%+v cannot be encoded: %v", p, err)
		}
		if again, err := decode[plan](encoded); err != nil || !reflect.DeepEqual(again, p) {
			t.Errorf("%+v is read back as %+v, %v", p, again, err)
		}
		stage, err := load.ParseStage(p.Stage)
		if err != nil || stage.Requests > 1000 || stage.Workers > 1000 { // a large one only takes long
			return
		}
		if s, err := p.sender(number, WorkerConfig{Header: http.Header{}}); err == nil {
			s.Close()
		}
	})
}

// FuzzProgress: a progress from the database is refused, or read back the same, and the coordinator's result can be made of
// it with no operation lost that is not planned.
func FuzzProgress(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		p, err := decode[progress](text)
		if err != nil {
			return
		}
		encoded, err := p.encode()
		if err != nil {
			t.Fatalf("%+v cannot be encoded: %v", p, err)
		}
		again, err := decode[progress](encoded)
		if err != nil {
			t.Fatalf("%s cannot be read back: %v", encoded, err)
		}
		if twice, err := again.encode(); err != nil || twice != encoded {
			t.Errorf("%s is read back as %s, %v", encoded, twice, err)
		}
		g := &coordinator{partitions: []*partitionState{{Partition: load.Partition{Of: 1}, planned: 10, phase: "ended", progress: p}}}
		g.result()
		if s := g.partitionResult(g.partitions[0]); s.Lost < 0 {
			t.Errorf("%d operations are lost", s.Lost)
		}
		_ = g.lostError()
	})
}

// TestDecodeNamesTheRemedy: what another version has written is an error that says what to do.
func TestDecodeNamesTheRemedy(t *testing.T) {
	for _, text := range []string{"", "fleet-0", `{"started":"7"}`, `[]`} {
		if _, err := decode[progress](text); err == nil || !strings.Contains(err.Error(), "start all processes of the fleet from the same build") {
			t.Errorf("decode(%q) = %v, want what to do", text, err)
		}
	}
	var fields map[string]any
	encoded, err := plan{Partitions: 3}.encode()
	if err != nil || json.Unmarshal([]byte(encoded), &fields) != nil || fields["shares"] != 3.0 {
		t.Errorf("the plan is %s, %v; want the member names of version %s", encoded, err, Version)
	}
}

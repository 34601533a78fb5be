package bench

import (
	"strings"
	"testing"
)

func TestRunOfAProgram(t *testing.T) {
	sh := func(script string) program {
		return program{path: "sh", args: []string{"-c", script}, env: []string{"WORD=yes"}}
	}
	c, err := sh(`echo $WORD`).run(t.Context())
	if err != nil || c.Out != "yes\n" || c.Wall <= 0 {
		t.Errorf("echo: %+v, %v; want it to say yes", c, err)
	}
	if _, err := sh(`echo no room >&2; exit 3`).run(t.Context()); err == nil || !strings.Contains(err.Error(), "exit status 3: no room") {
		t.Errorf("exit 3: %v, want its code and its last words", err)
	}
	if _, err := (program{path: "/no/such"}).run(t.Context()); err == nil {
		t.Error("no such program: no error")
	}
	busy, err := sh(`i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done`).run(t.Context())
	if err != nil || busy.CPU <= 0 || busy.RSSMB <= 0 {
		t.Errorf("a busy loop: %+v, %v; want CPU time and memory", busy, err)
	}
}

func TestHostEndsWithItsInput(t *testing.T) {
	h, err := startHost(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.set(t.Context(), Plan{Hide: 2}); err == nil || !strings.Contains(err.Error(), "probability of a hidden request is 2") {
		t.Errorf("a plan that hides 2: %v, want it refused", err)
	}
	if err := h.set(t.Context(), Plan{Seed: 1}); err != nil {
		t.Error(err)
	}
	if r, err := send(t.Context(), h.api+"/purchase", 20, 4, true); err != nil || r != (sent{Requests: 20}) {
		t.Errorf("send = %+v, %v; want 20 requests", r, err)
	}
	if c, err := h.counts(t.Context()); err != nil || c.Requests != 20 || c.Keyed != 20 {
		t.Errorf("counts = %+v, %v; want 20 with a key", c, err)
	}
	if err := h.end(); err != nil {
		t.Error(err)
	}
}

func TestRole(t *testing.T) {
	for _, args := range [][]string{nil, {"--quick"}, {"serve", "x"}, {roleMark}} {
		if ok, err := Role(t.Context(), args, nil, nil); ok || err != nil {
			t.Errorf("Role(%q) = %v, %v; want it to be none", args, ok, err)
		}
	}
	if ok, err := Role(t.Context(), []string{roleMark, "dance"}, nil, nil); !ok || err == nil {
		t.Errorf("Role(dance) = %v, %v; want an error", ok, err)
	}
}

package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sagalab/pkg/internal/faultsearch"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/internal/shop/defect"
)

// searching are flags that make a search short, on a machine that may be busy.
func searching(api string, more ...string) []string {
	return append([]string{"search", "--api", api, "--timeout", "1s", "--kinds", "drop_reply,drop_request", "--purchases", "1"}, more...)
}

// TestSearchCommand: a correct service gets a certificate and one with a defect a witness, which
// its file replays; both are written as JSON and JUnit.
func TestSearchCommand(t *testing.T) {
	dir := t.TempDir()
	file, junit := filepath.Join(dir, "result.json"), filepath.Join(dir, "junit.xml")
	out, log, code, err := invoke(t, searching(reference(t), "--json", file, "--junit", junit)...)
	if code != 0 || err != nil || !strings.Contains(out, "7 schedules by the formula = 7 executed") || !strings.Contains(log, "At most 7 schedules") {
		t.Fatalf("exit %d, %v: %s\n%s", code, err, out, log)
	}
	var r faultsearch.Result
	readJSON(t, file, &r)
	if r.Answer != faultsearch.NoneFound || len(r.Certificate.Worlds) != 1 || !r.Certificate.Complete || r.API == "" {
		t.Errorf("%+v", r)
	}
	if text, _ := os.ReadFile(junit); !strings.Contains(string(text), `failures="0" errors="0"`) || !strings.Contains(string(text), "no 2 faults break a rule") {
		t.Errorf("JUnit: %s", text)
	}

	api := serving(t, shop.Config{Lab: true, Defects: []defect.Defect{defect.SecondOrder}, Seed: 1})
	out, _, code, _ = invoke(t, searching(api, "--json", file, "--junit", junit, "--confirm", "2", "--resume", filepath.Join(dir, "kept"))...)
	if code != 1 || !strings.Contains(out, "is violated") || !strings.Contains(out, "It is minimal") || !strings.Contains(out, "2 of 2 executions") || !strings.Contains(out, "--replay "+file) {
		t.Errorf("exit %d: %s", code, out)
	}
	if readJSON(t, file, &r); r.Witness == nil || r.Witness.Counterexample == nil {
		t.Errorf("%+v", r)
	}
	if text, _ := os.ReadFile(junit); !strings.Contains(string(text), `failures="1"`) {
		t.Errorf("JUnit: %s", text)
	}
	if out, _, code, _ = invoke(t, searching(api, "--replay", file, "--confirm", "1")...); code != 1 || !strings.Contains(out, "1 of 1 executions") {
		t.Errorf("replayed: exit %d: %s", code, out)
	}
	_, log, code, _ = invoke(t, searching(api, "--confirm", "2", "--resume", filepath.Join(dir, "kept"))...)
	if code != 1 || !strings.Contains(log, "Going on with ") {
		t.Errorf("resumed: exit %d: %s", code, log)
	}
}

func readJSON(t *testing.T, path string, value any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, value)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestSearchRefuses: wrong flags end with 3, a service that cannot be reset or is never judged
// with 2, and both say what to do.
func TestSearchRefuses(t *testing.T) {
	t.Setenv("SAGALAB_API", "")
	api := reference(t)
	nothing := httptest.NewServer(http.NotFoundHandler())
	defer nothing.Close()
	wrong := filepath.Join(t.TempDir(), "wrong.json")
	if err := os.WriteFile(wrong, []byte(`{"world":{"purchases":9,"scarce":"stock"},"schedule":{"faults":[]}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"search"}, 3, "search requires --api"},
		{searching(api, "--kill"), 3, "--kill requires --start"},
		{searching(api, "--reset", "true", "--fresh"), 3, "--reset and --fresh"},
		{searching(api, "--participant", "payments"), 3, "payments=127.0.0.1:9001,http://127.0.0.1:8001"},
		{searching(api, "--kinds", "wire_down"), 3, "wire_down"},
		{searching(api, "--faults", "9"), 3, "faults: 9"},
		{searching(api, "--purchases", "4"), 3, "purchases: 4"},
		{searching(api, "--replay", wrong), 3, "purchases: 9"},
		{searching(api, "--replay", wrong+".none"), 3, "--replay"},
		{searching("http://127.0.0.1:1"), 3, "connection refused"},
		{searching("http://127.0.0.1:1", "--reset", "echo reset"), 3, "http://127.0.0.1:1 is unreachable (connection refused: no process listens there): nothing was searched; start the service, or correct --api"},
		{searching(nothing.URL), 2, "--reset CMD or --fresh"},
		{searching(api, "--participant", "stock=127.0.0.1:0,http://127.0.0.1:1"), 2, "no call to stock came by"},
		{searching(nothing.URL, "--fresh", "--user", "1", "--product", "1"), 2, "without faults no purchase was confirmed"},
		{searching(api, "--reset", "exit 3"), 2, "exit status 3"},
		{searching(api, "--budget", "1ns"), 2, "the budget is used up"},
	} {
		_, _, code, err := invoke(t, tt.args...)
		if code != tt.code || err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%q: exit %d, %v; want %d, %q", tt.args, code, err, tt.code, tt.says)
		}
	}
}

// TestSearchRefusesZeros: a number below 1 is refused, and not taken for the default.
func TestSearchRefusesZeros(t *testing.T) {
	for _, tt := range []string{"--faults 0", "--purchases 0", "--purchases -1", "--attempts 0"} {
		flag, value, _ := strings.Cut(tt, " ")
		_, _, code, err := invoke(t, "search", "--api", "http://127.0.0.1:1", flag, value)
		if want := flag + " is " + value + ", want 1 or more"; err == nil || !strings.Contains(err.Error(), want) || code != int(exitNotDone) {
			t.Errorf("%s ended with %d, %v; want 3 and %q", tt, code, err, want)
		}
	}
}

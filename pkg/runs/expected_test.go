package runs

import (
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestExpect records rows as a service's answers make them, with random keys and
// ids that no compression makes smaller, and compares what they take with what
// was said before: never more, and not less than a third.
func TestExpect(t *testing.T) {
	const n = 50_000
	rnd := rand.New(rand.NewPCG(1, 2))
	uuid := func() string {
		var b [18]byte
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		return hex.EncodeToString(b[:])
	}
	_, r := newRun(t)
	w := begin(t, r, "s", n)
	var list []Record
	for i := range n {
		x := record("s", i)
		x.Attempts = x.Attempts[:1]
		o := &x.Operation
		o.Key, o.OrderID = uuid(), uuid()
		o.LatencyMS, o.ServiceMS = rnd.ExpFloat64(), rnd.ExpFloat64()
		o.Message = `{"order_id":"` + o.OrderID + `","status":"CONFIRMED","amount":1000,"user_id":1}`
		x.Attempts[0].Key, x.Attempts[0].OrderID, x.Attempts[0].LatencyMS = o.Key, o.OrderID, o.ServiceMS
		list = append(list, x)
	}
	disk := func() (sum int64) {
		visible, _ := filepath.Glob(filepath.Join(r.Dir(), "01-s", "*"))
		hidden, _ := filepath.Glob(filepath.Join(r.Dir(), "01-s", ".*"))
		for _, f := range append(visible, hidden...) {
			if s, err := os.Stat(f); err == nil {
				sum += s.Size()
			}
		}
		return sum
	}
	e := Expect(n, 1)
	err := w.Append(list)
	list = nil
	if err = errors.Join(err, w.operations.close(), w.attempts.close()); err != nil { // all that it holds is written
		t.Fatal(err)
	}
	check := func(what string, got, said int64) {
		t.Helper()
		t.Logf("%s: %d bytes an operation, %d were said", what, got/n, said/n)
		if got > said || got < said/3 {
			t.Errorf("%s: %d bytes, want at most the %d that were said and not less than a third", what, got, said)
		}
	}
	check("disk while it runs", disk(), e.Running)
	if err := errors.Join(w.operations.publish(), w.attempts.publish(), os.Remove(filepath.Join(w.dir, journalFile)), w.journal.close()); err != nil {
		t.Fatal(err)
	}
	w.info.State = Complete
	if err := writeJSON(filepath.Join(w.dir, infoFile), w.info); err != nil {
		t.Fatal(err)
	}
	check("disk afterwards", disk(), e.Finished)

	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what was pooled is let go of the second time
	runtime.ReadMemStats(&m)
	before := int64(m.HeapAlloc)
	s := onlyStage(t, r)
	runtime.GC()
	runtime.ReadMemStats(&m)
	check("rows", int64(m.HeapAlloc)-before, e.Rows-processMemory)
	runtime.KeepAlive(s)

	if million := Expect(1_000_000, 1); million.Memory > 400e6 {
		t.Errorf("a million operations are said to take %d MB, want at most 400", million.Memory/1e6)
	}
	if e.String() == "" || Expect(n, 3).Running <= e.Running {
		t.Errorf("Expect(%d, 3) = %+v, want more than with one attempt", n, Expect(n, 3))
	}
}

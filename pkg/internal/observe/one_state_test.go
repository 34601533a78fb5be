package observe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"testing"
	"time"

	"sagalab/pkg/purchase"
)

// TestOneStateIsHeld of those that are read until two agree, and nothing beside it.
func TestOneStateIsHeld(t *testing.T) {
	const n = 100_000
	pages := map[string][]byte{}
	for from := 0; from < n; from += PageSize {
		page := purchase.Orders{}
		for i := from; i < min(n, from+PageSize); i++ {
			page.Orders = append(page.Orders, purchase.Order{OrderID: fmt.Sprint(i), IdempotencyKey: fmt.Sprint("k", i), Status: purchase.Confirmed})
		}
		if from+PageSize < n {
			page.Next = strconv.Itoa(from + PageSize)
		}
		text, err := json.Marshal(page)
		if err != nil {
			t.Fatal(err)
		}
		after := ""
		if from > 0 {
			after = strconv.Itoa(from)
		}
		pages[after] = text
	}
	c := foreign(t, map[string]http.HandlerFunc{"GET /orders": func(w http.ResponseWriter, r *http.Request) { w.Write(pages[r.FormValue("after")]) }})
	stages := loaded(n, true)
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	one, err := ReadState(t.Context(), c, Subjects{})
	if err != nil || len(one.Orders) != n {
		t.Fatalf("%d orders, %v", len(one.Orders), err)
	}
	single := heap() - before
	runtime.KeepAlive(one)
	one = nil
	before = heap()
	s, err := ReadQuiescent(t.Context(), c, Subjects{}, stages, nil, time.Hour)
	if err != nil || len(s.Orders) != n || s.Unsettled != "" {
		t.Fatalf("%d orders, unsettled %q, %v", len(s.Orders), s.Unsettled, err)
	}
	if held := heap() - before; held > single+single/4 {
		t.Errorf("%d kB are held after two reads, want about the %d kB of one", held>>10, single>>10)
	}
	runtime.KeepAlive(s)
	runtime.KeepAlive(stages)
	runtime.KeepAlive(pages)
}

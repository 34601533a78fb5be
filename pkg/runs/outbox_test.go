package runs

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// TestOutboxDeliversEverythingOnce appends from one goroutine and takes from
// another, which now and then takes again what it could not deliver.
func TestOutboxDeliversEverythingOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox.bin")
	o, err := CreateOutbox(path)
	if err != nil {
		t.Fatal(err)
	}
	want := records("s", 0, 3000)
	appended := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		defer close(appended)
		for i := 0; i < len(want); {
			n := min(1+rand.IntN(40), len(want)-i)
			if err := o.Append(want[i : i+n]); err != nil {
				t.Error(err)
			}
			i += n
		}
	})
	var got []Record
	for ended := false; ; {
		p, waits, err := o.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !waits {
			if ended {
				break
			}
			select {
			case <-appended:
				ended = true // but look once more
			default:
			}
			continue
		}
		if rand.IntN(3) == 0 { // the database was away
			continue
		}
		unpacked, err := Unpack(p)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, unpacked...)
		o.Delivered(p)
	}
	writer.Wait()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%d records were delivered, want the %d that were appended, in their order", len(got), len(want))
	}
	if kept, err := o.Close(); kept != "" || err != nil {
		t.Errorf("Close = %q, %v; want nothing kept", kept, err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the journal is still there: %v", err)
	}
}

// TestOutboxKeepsWhatWasNotDelivered: its journal is one that a reader of runs
// understands.
func TestOutboxKeepsWhatWasNotDelivered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox.bin")
	o, err := CreateOutbox(path)
	if err != nil {
		t.Fatal(err)
	}
	want := records("s", 0, 10)
	if err := o.Append(want); err != nil {
		t.Fatal(err)
	}
	if kept, err := o.Close(); kept != path || err != nil {
		t.Errorf("Close = %q, %v; want %q", kept, err, path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := allOf(raw); !reflect.DeepEqual(got, want) {
		t.Errorf("%d records are in the journal, want %d", len(got), len(want))
	}
	if _, err := CreateOutbox(path); err == nil {
		t.Error("a second outbox took the journal of the first")
	}
}

func TestUnpackRefusesDamage(t *testing.T) {
	o, err := CreateOutbox(filepath.Join(t.TempDir(), "outbox.bin"))
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if err := o.Append(records("s", 0, 50)); err != nil {
		t.Fatal(err)
	}
	p, _, err := o.Next()
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Packed {
		bad := Chunk{p.Records, append([]byte(nil), p.Packed...)}
		bad.Packed[i] ^= 0x20
		if got, err := Unpack(bad); err == nil && !reflect.DeepEqual(got, records("s", 0, 50)) {
			t.Fatalf("a chunk with byte %d changed was accepted", i)
		}
	}
	for _, bad := range []Chunk{{p.Records + 1, p.Packed}, {p.Records - 1, p.Packed}, {p.Records, p.Packed[:len(p.Packed)-1]}, {5, nil}, {-1, p.Packed}} {
		if _, err := Unpack(bad); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("a chunk of %d records in %d bytes: %v, want that it is damaged", bad.Records, len(bad.Packed), err)
		}
	}
}

// BenchmarkOutbox is what a worker pays for a record beyond sending it: keeping
// it, packing it and letting it go.
func BenchmarkOutbox(b *testing.B) {
	o, err := CreateOutbox(filepath.Join(b.TempDir(), "outbox.bin"))
	if err != nil {
		b.Fatal(err)
	}
	batch := records("s", 0, 1000)
	packed, taken := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		if err := o.Append(batch); err != nil {
			b.Fatal(err)
		}
		p, _, err := o.Next()
		if err != nil {
			b.Fatal(err)
		}
		packed, taken = packed+len(p.Packed), taken+p.Records
		o.Delivered(p)
	}
	b.ReportMetric(float64(packed)/float64(taken), "B/record")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(taken), "ns/record")
}

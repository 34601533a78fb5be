package runs

// The corpora are in testdata/fuzz.

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

func FuzzReadJournal(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		list := []Record{}
		_, err := readJournal(bytes.NewReader(data), int64(len(data)), func(_ entryKind, r Record) { list = append(list, r) })
		if n := len(list); n > len(data)/minRecord || n > 0 && err != nil {
			t.Errorf("%d records out of %d bytes, and %v", n, len(data), err)
		}
		for encoding := range encoding4 + 2 { // without the checksum, which random bytes never have
			d := decoder{rest: data, encoding: encoding}
			for n := 0; len(d.rest) > 0; n++ {
				if r := d.readRecord(); n > len(data)/minRecord || len(r.Attempts) > len(data)/minAttempt {
					t.Fatalf("%d records and %d attempts out of %d bytes", n, len(r.Attempts), len(data))
				}
			}
		}
	})
}

func FuzzUnpack(f *testing.F) {
	f.Fuzz(func(t *testing.T, n int, packed []byte) {
		got, err := Unpack(Chunk{n, packed})
		if err == nil && len(got) != n {
			t.Errorf("%d records from a chunk of %d", len(got), n)
		}
	})
}

// FuzzParseInfo reads a stage.json and uses what it says as figures and tables do.
func FuzzParseInfo(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := parseStageFile(text)
		info := file.Info
		if err != nil {
			return
		}
		s := Stage{Info: info, Operations: []Operation{{LatencyMS: 1, EndTS: info.Started.Add(time.Second)}}}
		_, _, _, _ = s.Notes(true), Summarize(s).String(), s.Bought(), s.ByWorker()
		_, _, _, _ = s.FaultsKnown(), FaultWarnings(s.FaultWindows, time.Second), s.ClockError(), s.Lost()
		if cost, err := CostOf(s); err == nil {
			_, _ = cost.Explain(1000)
		}
		dir := t.TempDir()
		if err := writeInfo(dir, info, file.Files); err != nil {
			return // a raw message or a time that JSON cannot hold
		}
		if _, err := readInfo(dir); err != nil {
			t.Errorf("what was written cannot be read: %v", err)
		}
	})
}

func FuzzParseRun(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := parseRun(text)
		var newer *VersionError
		if errors.As(err, &newer) && newer.Version <= runVersion {
			t.Errorf("version %d was refused as newer", newer.Version)
		}
		_, _ = r.Created.Format(TimeLayout), r.Dir()
	})
}

func FuzzReadOperations(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		readFuzzed(t, data, operationColumns)
		table, err := newTableReader(bytes.NewReader(data), int64(len(data)), tallyColumns)
		if err != nil {
			return
		}
		defer table.close()
		var counted tally
		if err := counted.addTable(table, &storedRows{}); err == nil && len(counted.latency) > len(data) {
			t.Errorf("%d rows counted out of %d bytes", len(counted.latency), len(data))
		}
	})
}

func FuzzReadAttempts(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) { readFuzzed(t, data, attemptColumns) })
}

// readFuzzed reads a table at once and in blocks, which have to agree.
func readFuzzed[T any](t *testing.T, data []byte, columns []tableColumn[T]) {
	whole, err := newTableReader(bytes.NewReader(data), int64(len(data)), columns)
	if err != nil {
		return
	}
	defer whole.close()
	rows, err := whole.readAll()
	if err == nil && len(rows) > len(data) {
		t.Errorf("%d rows out of %d bytes", len(rows), len(data))
	}
	blocks, blocksErr := newTableReader(bytes.NewReader(data), int64(len(data)), columns)
	if blocksErr != nil {
		t.Fatalf("opened once, then %v", blocksErr)
	}
	defer blocks.close()
	n := 0
	for {
		block, _, _, failed := blocks.next()
		if n, blocksErr = n+len(block), failed; len(block) == 0 || failed != nil {
			break
		}
	}
	if (err == nil) != (blocksErr == nil) || err == nil && n != len(rows) {
		t.Errorf("at once %d rows, %v; in blocks %d, %v", len(rows), err, n, blocksErr)
	}
}

package runs

import (
	"bufio"
	"encoding/gob"
	"errors"
	"io"
	"os"
	"syscall"
)

// Record is an operation with its attempts.
type Record struct {
	Operation Operation
	Attempts  []Attempt
}

// journal is the file that records are appended to while a stage runs: a gob
// stream of batches, each written with one call, so that what a crash or a full
// disk can tear is the last batch alone. It is locked as long as its process
// lives, by which a reader tells a stage that runs from one that died.
type journal struct {
	file    *os.File
	buffer  *bufio.Writer
	encoder *gob.Encoder
}

func createJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	j := &journal{file: f, buffer: bufio.NewWriterSize(f, 1<<20)}
	j.encoder = gob.NewEncoder(j.buffer)
	return j, nil
}

func (j *journal) append(batch []Record) error {
	if err := j.encoder.Encode(batch); err != nil {
		return err
	}
	return j.buffer.Flush()
}

func (j *journal) close() error { return j.file.Close() } // which also unlocks it

// readJournal reads the batches that are whole; a torn end is what a crash
// leaves and no error.
func readJournal(r io.Reader) []Record {
	decoder := gob.NewDecoder(bufio.NewReaderSize(r, 1<<20))
	var records []Record
	for {
		var batch []Record
		if err := decoder.Decode(&batch); err != nil {
			return records
		}
		records = append(records, batch...)
	}
}

// openJournal opens a journal for reading and says whether its writer lives.
func openJournal(path string) (f *os.File, alive bool, err error) {
	if f, err = os.Open(path); err != nil {
		return nil, false, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	return f, errors.Is(err, syscall.EWOULDBLOCK), nil
}

package faultsearch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sagalab/pkg/internal/osfile"
)

// Journal keeps the executions of a search in a directory, so that a search that was
// interrupted goes on where it was. A nil Journal keeps nothing.
type Journal struct {
	path string
	kept map[string][]*Execution // by schedule, in the order of execution
	file *os.File
}

// journalLine is a line of executions.jsonl.
type journalLine struct {
	Key       string     `json:"key"`
	Execution *Execution `json:"execution"`
}

// journalHead is the first line: what the executions are of.
type journalHead struct {
	Search string `json:"search"`
}

// OpenJournal opens the journal in a directory, which is made when it does not exist. about
// says what is searched, such as the address of the service: a journal of another search is
// refused. A last line that a process left incomplete is dropped. Close it.
func OpenJournal(dir, about string) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("the journal of the search: %w", err)
	}
	j := &Journal{path: filepath.Join(dir, "executions.jsonl"), kept: map[string][]*Execution{}}
	text, err := osfile.ReadRegular(j.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the journal of the search: %w", err)
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	if err := j.read(whole, about); err != nil {
		return nil, fmt.Errorf("%s: %w", j.path, err)
	}
	if j.file, err = os.OpenFile(j.path, os.O_CREATE|os.O_RDWR, 0o644); err != nil {
		return nil, fmt.Errorf("the journal of the search: %w", err)
	}
	err = j.file.Truncate(int64(len(whole)))
	if err == nil {
		_, err = j.file.Seek(0, 2)
	}
	if err == nil && len(whole) == 0 {
		err = j.write(journalHead{about})
	}
	if err != nil {
		j.file.Close()
		return nil, fmt.Errorf("the journal of the search: %w", err)
	}
	return j, nil
}

// read reads the lines of a journal.
func (j *Journal) read(text []byte, about string) error {
	for n := 1; len(text) > 0; n++ {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		if n == 1 {
			var head journalHead
			if err := json.Unmarshal(line, &head); err != nil || head.Search == "" {
				return errors.New("line 1 is not the head of a journal of a search")
			}
			if head.Search != about {
				return fmt.Errorf("it is of another search: %s, not %s", head.Search, about)
			}
			continue
		}
		var l journalLine
		if err := json.Unmarshal(line, &l); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if l.Execution != nil {
			j.kept[l.Key] = append(j.kept[l.Key], l.Execution)
		}
	}
	return nil
}

// Len returns how many executions the journal had when it was opened, and has got since.
func (j *Journal) Len() (n int) {
	if j == nil {
		return 0
	}
	for _, list := range j.kept {
		n += len(list)
	}
	return n
}

// Close closes the file.
func (j *Journal) Close() error {
	if j == nil {
		return nil
	}
	return j.file.Close()
}

// find returns the nth execution of a schedule, from 0.
func (j *Journal) find(key string, nth int) (*Execution, bool) {
	if j == nil || nth >= len(j.kept[key]) {
		return nil, false
	}
	return j.kept[key][nth], true
}

// add keeps an execution.
func (j *Journal) add(key string, x *Execution) error {
	if j == nil {
		return nil
	}
	j.kept[key] = append(j.kept[key], x)
	if err := j.write(journalLine{key, x}); err != nil {
		return fmt.Errorf("the journal of the search: %w", err)
	}
	return nil
}

func (j *Journal) write(value any) error {
	line, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = j.file.Write(append(line, '\n'))
	return err
}

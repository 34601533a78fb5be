package runs

import (
	"path/filepath"
)

// storedRows are the rows of a stage that stay in its tables on disk, all of them or those
// of one worker of a fleet. The tables were whole when it was made. It is safe for
// concurrent use.
type storedRows struct {
	dir                  string
	operations, attempts int // how many rows the tables have

	// worker is the number of the worker whose rows these are, of so many; all rows
	// when workers is 0.
	worker, workers int
	owners          func() operationOwners
}

func (s *storedRows) operationsPath() string { return filepath.Join(s.dir, operationsFile) }
func (s *storedRows) attemptsPath() string   { return filepath.Join(s.dir, attemptsFile) }

// openStored checks the tables of a stage that has ended. It returns nil when they have no
// checksums, so that only reading all of them shows whether they are whole.
func openStored(dir string, sums fileSums) (*storedRows, error) {
	for _, file := range []string{operationsFile, attemptsFile} {
		if _, known := sums[file]; !known {
			return nil, nil
		}
	}
	s := &storedRows{dir: dir}
	attempts := make(chan error, 1)
	go func() {
		var err error
		s.attempts, err = countRows(dir, attemptsFile, sums, attemptColumns)
		attempts <- err
	}()
	var err error
	s.operations, err = countRows(dir, operationsFile, sums, operationColumns)
	if attemptsErr := <-attempts; err == nil {
		err = attemptsErr
	}
	return s, err
}

// countRows returns how many rows a table has, whose sum must be right.
func countRows[T any](dir, file string, sums fileSums, columns []tableColumn[T]) (int, error) {
	if err := sums.check(dir, file); err != nil {
		return 0, damagedTable(dir, file, err)
	}
	t, err := openTable(filepath.Join(dir, file), columns)
	if err != nil {
		return 0, damagedTable(dir, file, err)
	}
	defer t.close()
	return int(t.table.NumRows()), damagedTable(dir, file, t.checkTypes())
}

// virtualUserColumn says which worker an operation belongs to.
var virtualUserColumn = chooseColumns(operationColumns, []string{"virtual_user"})[0]

// attemptIndexColumn says which operation an attempt belongs to.
var attemptIndexColumn = chooseColumns(attemptColumns, []string{"index"})[0]

// hasUser reports whether the operations of a virtual user are among the rows.
func (s *storedRows) hasUser(user int64) bool {
	return s.workers == 0 || int(user)%s.workers == s.worker
}

// eachOperation calls yield with each operation until it returns false.
func (s *storedRows) eachOperation(columns []tableColumn[Operation], yield func(*Operation) bool) error {
	if s.workers > 0 {
		columns = append(columns[:len(columns):len(columns)], virtualUserColumn)
	}
	return eachRow(s.operationsPath(), columns, func(o *Operation) bool { return !s.hasUser(o.VirtualUser) || yield(o) })
}

// eachAttempt calls yield with each attempt until it returns false.
func (s *storedRows) eachAttempt(columns []tableColumn[Attempt], yield func(*Attempt) bool) error {
	if s.workers == 0 {
		return eachRow(s.attemptsPath(), columns, yield)
	}
	owners := s.owners()
	columns = append(columns[:len(columns):len(columns)], attemptIndexColumn)
	return eachRow(s.attemptsPath(), columns, func(a *Attempt) bool { return owners.of(a.Index) != s.worker || yield(a) })
}

// eachRow calls yield with each row of a table until it returns false. A row is valid
// until yield returns.
func eachRow[T any](path string, columns []tableColumn[T], yield func(*T) bool) error {
	t, err := openTable(path, columns)
	if err != nil {
		return damaged(path, err)
	}
	defer t.close()
	for {
		rows, _, _, err := t.next()
		if err != nil {
			return damaged(path, err)
		}
		if len(rows) == 0 {
			return nil
		}
		for i := range rows {
			if !yield(&rows[i]) {
				return nil
			}
		}
	}
}

// operationOwners has the worker of each operation of a fleet's stage.
type operationOwners struct {
	near   []int32         // by index, where indexes lie close together
	far    map[int64]int32 // the others
	counts []int           // operations by worker
}

// ownersOf returns the workers of a stage's operations.
func ownersOf(s *storedRows, workers int) operationOwners {
	o := operationOwners{near: make([]int32, 2*s.operations), far: map[int64]int32{}, counts: make([]int, workers)}
	columns := chooseColumns(operationColumns, []string{"index", "virtual_user"})
	err := s.eachOperation(columns, func(op *Operation) bool {
		n := int(op.VirtualUser) % workers
		o.counts[n]++
		if op.Index >= 0 && op.Index < int64(len(o.near)) {
			o.near[op.Index] = int32(n)
		} else {
			o.far[op.Index] = int32(n)
		}
		return true
	})
	if err != nil {
		panic(err)
	}
	return o
}

// of returns the worker of an operation, 0 when the stage does not have it.
func (o operationOwners) of(index int64) int {
	if index >= 0 && index < int64(len(o.near)) {
		return int(o.near[index])
	}
	return int(o.far[index])
}

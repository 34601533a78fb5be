package runs

import (
	"cmp"
	"iter"
	"slices"
)

// OnDisk reports whether the stage's rows are in its tables on disk, so that Operations
// and Attempts are nil. EachOperation and EachAttempt read rows wherever they are, ReadRows
// reads them into memory.
func (s Stage) OnDisk() bool { return s.stored != nil }

// OperationCount returns how many operations the stage has, wherever its rows are.
func (s Stage) OperationCount() int {
	switch {
	case s.stored == nil:
		return len(s.Operations)
	case s.stored.workers > 0:
		return s.stored.owners().counts[s.stored.worker]
	}
	return s.stored.operations
}

// AttemptCount returns how many attempts the stage has, wherever its rows are.
func (s Stage) AttemptCount() (n int) {
	switch {
	case s.stored == nil:
		return len(s.Attempts)
	case s.stored.workers > 0:
		for range s.EachAttempt("index") {
			n++
		}
		return n
	}
	return s.stored.attempts
}

// EachOperation iterates over the stage's operations, wherever its rows are, in memory
// that does not grow with their number. An operation is valid until the next one; copy what
// is needed for longer. Of rows on disk only the columns that are named, as in
// operations.parquet, are set, all of them without names; those in memory have all. user_id
// and user are one field and are both set, and so are those of product and payment method. Rows
// in memory come in their order, rows on disk in that in which they were recorded, which is
// about that of their ends.
//
// It panics for a column that operations do not have, and with a *DamageError when files
// on disk were damaged or removed after the stage was opened (CatchDamage).
func (s Stage) EachOperation(columns ...string) iter.Seq[*Operation] {
	return eachOf(s.Operations, chooseColumns(operationColumns, columns), s.stored, (*storedRows).eachOperation)
}

// EachAttempt iterates over the stage's attempts as EachOperation does over its operations,
// with the columns of attempts.parquet.
func (s Stage) EachAttempt(columns ...string) iter.Seq[*Attempt] {
	return eachOf(s.Attempts, chooseColumns(attemptColumns, columns), s.stored, (*storedRows).eachAttempt)
}

func eachOf[T any](rows []T, columns []tableColumn[T], stored *storedRows, read func(*storedRows, []tableColumn[T], func(*T) bool) error) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		if stored != nil {
			if err := read(stored, columns, yield); err != nil {
				panic(err)
			}
			return
		}
		for i := range rows {
			if !yield(&rows[i]) {
				return
			}
		}
	}
}

// CatchDamage sets err when EachOperation or EachAttempt, or a function that uses them,
// panicked because a stage's files were damaged or removed after it was opened. It is to be
// deferred.
func CatchDamage(err *error) {
	switch p := recover().(type) {
	case nil:
	case *DamageError:
		*err = p
	default:
		panic(p)
	}
}

// ReadRows returns the stage with its rows in memory, in Operations and Attempts, which is
// the stage itself when they are there already. A million purchases take about 700 MB
// (Expect). The error is a *DamageError.
func (s Stage) ReadRows() (in Stage, err error) {
	defer CatchDamage(&err)
	if s.stored == nil {
		return s, nil
	}
	if s.stored.workers == 0 {
		err = s.readTables(s.stored.dir, nil)
	} else {
		for o := range s.EachOperation() {
			s.Operations = append(s.Operations, *o)
		}
		for a := range s.EachAttempt() {
			s.Attempts = append(s.Attempts, *a)
		}
	}
	s.stored = nil
	s.arrangeRows()
	return s, err
}

// arrangeRows sorts the rows in memory.
func (s *Stage) arrangeRows() {
	slices.SortFunc(s.Operations, func(a, b Operation) int { return cmp.Compare(a.Index, b.Index) })
	slices.SortFunc(s.Attempts, func(a, b Attempt) int { return CompareAttempts(&a, &b) })
	s.shareTexts()
}

// CompareAttempts orders rows by their operations, and those of one as they were sent: polls and
// logins have the Number of the attempt before them. It returns a number as cmp.Compare does.
func CompareAttempts(a, b *Attempt) int {
	if order := cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Number, b.Number)); order != 0 {
		return order
	}
	switch {
	case a.IsAttempt() && !b.IsAttempt():
		return -1
	case b.IsAttempt() && !a.IsAttempt():
		return 1
	}
	return a.StartTS.Compare(b.StartTS)
}

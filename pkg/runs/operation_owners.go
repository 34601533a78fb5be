package runs

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

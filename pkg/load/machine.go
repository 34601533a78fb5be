package load

import "time"

type Machine struct{}

type machineWatch struct{}

func watchMachine(base time.Time) *machineWatch { return &machineWatch{} }
func (w *machineWatch) look()                   {}
func (w *machineWatch) end() Machine            { return Machine{} }

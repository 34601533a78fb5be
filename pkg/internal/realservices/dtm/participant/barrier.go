package participant

// operation is one operation of one branch of one saga; op is "action" or "compensate".
type operation struct{ gid, branch, op string }

// barrier has the operations that took effect or must not take effect any more.
type barrier map[operation]bool

// pass reports whether an operation is to be done: not a second time, not an action that was compensated before it came, and not a
// compensation of an action that never took effect. It notes what passed and what must not pass later.
func (b barrier) pass(o operation) bool {
	if b[o] {
		return false
	}
	b[o] = true
	if o.op != "compensate" {
		return true
	}
	action := operation{o.gid, o.branch, "action"}
	done := b[action]
	b[action] = true
	return done
}

// forget has an operation tried again: it was refused, so it took no effect.
func (b barrier) forget(o operation) { delete(b, o) }

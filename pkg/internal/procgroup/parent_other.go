//go:build unix && !linux

package procgroup

// endWithParent has no effect: these systems do not tell a process that its parent
// has ended.
func (g *Group) endWithParent() {}

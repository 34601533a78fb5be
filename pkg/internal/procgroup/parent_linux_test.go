package procgroup

import "testing"

// TestProgramEndsWithParent kills the process that started a group, and that
// process alone.
func TestProgramEndsWithParent(t *testing.T) {
	f := start(t, "guards")
	f.cmd.Process.Kill()
	f.cmd.Wait()
	f.ended(t)
}

package fault

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestNothingOutlivesItsParent kills the process that started a service. Elsewhere than on
// Linux nothing ends the service then.
func TestNothingOutlivesItsParent(t *testing.T) {
	address := freeAddress(t)
	parent := exec.Command(os.Args[0], address)
	parent.Env = append(os.Environ(), roleKey+"=parent")
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	eventually(t, "the grandchild to answer", func() bool { pid = pidAt(address); return pid != 0 })
	parent.Process.Kill()
	parent.Wait()
	eventually(t, "the grandchild to end with its parent", func() bool { return pidAt(address) == 0 && zombieOrGone(pid) })
}

// zombieOrGone: an orphan whose new parent does not wait for it stays a zombie.
func zombieOrGone(pid int) bool {
	if gone(pid) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(state, "Z")
}

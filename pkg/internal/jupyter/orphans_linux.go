package jupyter

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// killOrphans ends every process of this run that is still there. Jupyter gives each kernel a session of its own, so that
// a kernel, and the cell's program below it, survive the group of a Jupyter that was killed. They are identified by TMPDIR in
// their environment, which is this run's alone. It waits, at most 2 s, until they are gone.
func (s *sandbox) killOrphans() {
	mark := []byte("TMPDIR=" + s.dir)
	for range 40 {
		orphans := processesWith(mark)
		if len(orphans) == 0 {
			return
		}
		for _, pid := range orphans {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended meanwhile
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// processesWith lists the processes, other than this one, that were started with the given environment entry.
func processesWith(entry []byte) []int {
	files, _ := filepath.Glob("/proc/[0-9]*/environ") // the pattern is right
	var found []int
	for _, file := range files {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil || pid == os.Getpid() {
			continue
		}
		environ, err := os.ReadFile(file) // fails for other people's processes, which are none of ours
		if err != nil {
			continue
		}
		for part := range bytes.SplitSeq(environ, []byte{0}) {
			if bytes.Equal(part, entry) {
				found = append(found, pid)
				break
			}
		}
	}
	return found
}

package procgroup

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// system is the job that the processes of the group are in, 0 before Start.
type system struct{ job windows.Handle }

func (g *Group) isolate() {
	g.cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

// endWithParent has nothing to add: the job ends with its last handle, which this
// process has.
func (g *Group) endWithParent() {}

func (g *Group) start() error {
	job, err := newJob()
	if err != nil {
		return fmt.Errorf("making a job for %s: %w", g.cmd.Path, err)
	}
	g.mu.Lock()
	g.job = job
	g.mu.Unlock()
	err = g.cmd.Start()
	if err == nil {
		if err = g.assign(job); err == nil {
			return nil
		}
		_ = g.cmd.Process.Kill() // it may have ended already
		_ = g.cmd.Wait()         // its end is not what failed
	}
	g.Close()
	return err
}

// newJob makes a job whose processes end when its last handle is closed.
func newJob() (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE},
	}
	if _, err := windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits))); err != nil {
		_ = windows.CloseHandle(job)
		return 0, err
	}
	return job, nil
}

// assign puts the program into the job. One that has ended already is no error.
func (g *Group) assign(job windows.Handle) error {
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE|windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(g.cmd.Process.Pid))
	if err != nil {
		return fmt.Errorf("opening process %d to put it into a job: %w", g.cmd.Process.Pid, err)
	}
	defer windows.CloseHandle(process)
	err = windows.AssignProcessToJobObject(job, process)
	if err == windows.ERROR_ACCESS_DENIED { // as for a process that has ended
		var status uint32
		if windows.GetExitCodeProcess(process, &status) == nil && status != uint32(windows.STATUS_PENDING) {
			return nil
		}
	}
	if err != nil {
		return fmt.Errorf("putting process %d into a job: %w", g.cmd.Process.Pid, err)
	}
	return nil
}

func (g *Group) interrupt() error { return g.sendBreak() }

func (g *Group) terminate() error { return g.sendBreak() }

func (g *Group) sendBreak() error {
	if windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(g.cmd.Process.Pid)) != nil {
		return g.kill() // there is no console
	}
	return nil
}

func (g *Group) kill() error {
	err := windows.TerminateJobObject(g.job, 1)
	_ = g.cmd.Process.Kill() // it may not be in the job yet; it may have ended
	return err
}

// release closes the job, which ends what is in it.
func (s system) release() {
	if s.job != 0 {
		_ = windows.CloseHandle(s.job)
	}
}

package jupyter

import (
	"os/exec"
	"syscall"
)

// endWithParent makes cmd's whole process group end when this process is killed, even by SIGKILL, which leaves no time to
// end children in order. The kernel signals only the child itself when its parent is gone, and pip and the go command have
// children of their own: so a shell leads the group and passes that on. It gives cmd's exit status as its own.
func endWithParent(cmd *exec.Cmd) {
	const script = `trap 'kill -KILL 0' HUP; "$@" & wait $!`
	sh, err := exec.LookPath("sh")
	if err != nil || cmd.Err != nil {
		return // without a shell, or without the program, cmd runs, or fails, as it is
	}
	cmd.Args = append([]string{"sh", "-c", script, "sh", cmd.Path}, cmd.Args[1:]...)
	cmd.Path = sh
	cmd.SysProcAttr.Pdeathsig = syscall.SIGHUP
}

//go:build unix

package postgres

import (
	"errors"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// account is a user of the system.
type account syscall.Credential

// unprivileged is the user that a server runs as, because it refuses to run as
// root: nil, which is this process's own, unless that is root; else the package's
// own user, else nobody.
func unprivileged() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		return &account{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody: run the tests as another user")
}

// own gives a path to the user.
func (a *account) own(path string) error { return os.Chown(path, int(a.Uid), int(a.Gid)) }

// attributes are those of a process of the user; a may be nil.
func (a *account) attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: (*syscall.Credential)(a)}
}

// ask asks the server's first process to stop.
func (s *Server) ask(m Mode) error { return s.process.Process.Signal(syscall.Signal(m)) }

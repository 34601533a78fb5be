//go:build unix

package postgres

import (
	"errors"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// systemUser is a user of the system.
type systemUser syscall.Credential

// unprivileged returns the user that a server runs as, because PostgreSQL refuses to run as root: nil, which is this process's own, unless
// that is root; then the user postgres of the Debian package, else the account without rights that Unix systems have.
func unprivileged() (*systemUser, error) {
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
		return &systemUser{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no account postgres: install the package postgresql, or run the tests as another user")
}

// chown gives a path to the user.
func (s *systemUser) chown(path string) error { return os.Chown(path, int(s.Uid), int(s.Gid)) }

// attributes returns those of a process of the user; a may be nil.
func (s *systemUser) attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: (*syscall.Credential)(s)}
}

// ask asks the server's first process to stop.
func (s *Server) ask(m Mode) error { return s.process.Process.Signal(syscall.Signal(m)) }

package postgres

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
)

// account is a user of the system. There is none here: PostgreSQL refuses to run
// as an administrator, and the tests have to run as another user.
type account struct{}

func unprivileged() (*account, error) { return nil, nil }

func (*account) own(string) error { return errors.ErrUnsupported }

func (*account) attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

// ask has pg_ctl stop the server: signals reach no process here.
func (s *Server) ask(m Mode) error {
	how := "fast"
	if m == Immediate {
		how = "immediate"
	}
	if text, err := s.command("pg_ctl", "stop", "--no-wait", "--pgdata="+s.data, "--mode="+how).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(text))
	}
	return nil
}

// diesWithParent does nothing here: a server outlives a test that was killed.
func diesWithParent(*syscall.SysProcAttr) {}

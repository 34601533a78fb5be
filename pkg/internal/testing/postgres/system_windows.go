package postgres

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
)

// systemUser is not used on Windows: PostgreSQL refuses to run as an administrator, so the tests run as another user.
type systemUser struct{}

func unprivileged() (*systemUser, error) { return nil, nil }

func (*systemUser) chown(string) error { return errors.ErrUnsupported }

func (*systemUser) attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

// ask stops the server by pg_ctl: Windows has no signals.
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

// killWithParent does nothing here: a server outlives a test that is killed.
func killWithParent(*syscall.SysProcAttr) {}

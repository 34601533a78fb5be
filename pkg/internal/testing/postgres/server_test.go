package postgres

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// childRole is the environment variable of a copy of this test binary that starts a server and waits.
const childRole = "SAGALAB_POSTGRES_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childRole) != "" {
		s, err := start(nil)
		fmt.Println(s.URL("postgres"), s.dir, err)
		select {} // until it is killed
	}
	code := m.Run()
	if err := StopShared(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

// TestServer: a restart in either mode keeps what was committed, and ends sessions.
func TestServer(t *testing.T) {
	s := Start(t, Setting("application_name", "x"), Setting("work_mem", "1MB"))
	at := s.Database(t)
	c := connect(t, at)
	if _, err := c.Exec(t.Context(), `CREATE TABLE a (n int)`); err != nil {
		t.Fatal(err)
	}
	for i, m := range []Mode{Fast, Immediate} {
		if _, err := c.Exec(t.Context(), `INSERT INTO a VALUES ($1)`, i); err != nil {
			t.Fatal(err)
		}
		s.Restart(t, m)
		if err := c.Ping(t.Context()); err == nil {
			t.Errorf("mode %d: a session outlived the restart", m)
		}
		c = connect(t, at)
		var n int
		if err := c.QueryRow(t.Context(), `SELECT count(*) FROM a`).Scan(&n); err != nil || n != i+1 {
			t.Errorf("mode %d: got %d rows, %v, want %d", m, n, err, i+1)
		}
	}
	var setting string
	if err := c.QueryRow(t.Context(), `SHOW work_mem`).Scan(&setting); err != nil || setting != "1MB" {
		t.Errorf("work_mem is %q, %v, want 1MB", setting, err)
	}
	s.Stop(t, Fast)
	if _, err := pgx.Connect(t.Context(), at); err == nil {
		t.Error("a stopped server can be connected to")
	}
}

// TestPasswordIsAsked: a connection with a wrong password is refused.
func TestPasswordIsAsked(t *testing.T) {
	u, err := url.Parse(Shared(t).Database(t))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("postgres", "wrong")
	if _, err := pgx.Connect(t.Context(), u.String()); err == nil || !strings.Contains(err.Error(), "28P01") {
		t.Errorf("with a wrong password: got %v, want a refusal (28P01)", err)
	}
}

// TestDatabases: databases are separate, and dropped after their test.
func TestDatabases(t *testing.T) {
	s := Shared(t)
	if s != Shared(t) {
		t.Error("a second server")
	}
	var first string
	t.Run("test", func(t *testing.T) {
		first = s.Database(t)
		if _, err := connect(t, first).Exec(t.Context(), `CREATE TABLE a (n int)`); err != nil {
			t.Fatal(err)
		}
		if _, err := connect(t, s.Database(t)).Exec(t.Context(), `SELECT FROM a`); err == nil {
			t.Error("two databases have one table")
		}
	})
	if _, err := pgx.Connect(t.Context(), first); err == nil || !strings.Contains(err.Error(), "3D000") {
		t.Errorf("after its test: got %v, want a database that is gone (3D000)", err)
	}
}

func TestTLS(t *testing.T) {
	s := Start(t, TLS)
	at := s.Database(t)
	var on bool
	if err := connect(t, at).QueryRow(t.Context(), `SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`).Scan(&on); err != nil || !on {
		t.Errorf("TLS is %v, %v, want it on", on, err)
	}
	for name, other := range map[string]string{
		"no TLS":            strings.Replace(at, "verify-full", "disable", 1),
		"another authority": strings.Replace(at, url.QueryEscape(s.CAFile), url.QueryEscape(OtherAuthority(t)), 1),
	} {
		if _, err := pgx.Connect(t.Context(), other); err == nil || other == at {
			t.Errorf("%s: got in", name)
		}
	}
}

// TestServerDiesWithItsTest: the server stops also when its test is killed.
func TestServerDiesWithItsTest(t *testing.T) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childRole+"=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line := bufio.NewScanner(out)
	line.Scan()
	words := strings.Fields(line.Text())
	if len(words) != 3 || words[2] != "<nil>" {
		t.Fatalf("the child printed %q", line.Text())
	}
	t.Cleanup(func() { os.RemoveAll(words[1]) })
	u, err := url.Parse(words[0])
	if err != nil {
		t.Fatal(err)
	}
	connect(t, words[0])
	child.Process.Kill()
	child.Wait()
	for t.Context().Err() == nil {
		c, err := net.DialTimeout("tcp", u.Host, time.Second)
		if err != nil {
			break
		}
		c.Close()
		time.Sleep(10 * time.Millisecond)
	}
}

// TestMissing: a directory without the programs is recognised.
func TestMissing(t *testing.T) {
	if hasPrograms(t.TempDir()) {
		t.Error("an empty directory has all programs")
	}
	s := &Server{dir: t.TempDir(), bin: t.TempDir()}
	if err := s.begin(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("begin without the program: got %v, want that it does not exist", err)
	}
}

package fleet

import (
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/internal/testing/tlstest"
)

// TestProgramAlone uses the program in an empty directory and without any checkout,
// against a service behind https that wants a client certificate: from this process
// and from two workers.
func TestProgramAlone(t *testing.T) {
	t.Parallel()
	empty, data := t.TempDir(), t.TempDir()
	alone := func(args ...string) e2e.Program {
		p := e2e.Outside(t, empty, data, args...)
		p.Env = append(p.Env, "SAGALAB_HOME="+filepath.Join(empty, "none"))
		return p
	}
	service := alone("serve", "--addr", "127.0.0.1:0", "--lab")
	service.Env = append(service.Env, e2e.MarkVariable+"=the service of "+t.Name()) // nothing that the others leave
	target, err := url.Parse(service.Serve(t).URL)
	if err != nil {
		t.Fatal(err)
	}
	address, files := tlstest.Serve(t, httputil.NewSingleHostReverseProxy(target))
	secure := []string{"--api", address, "--cacert", files.CACert, "--cert", files.Cert, "--key", files.Key}
	loaded := "" // the run of the last load
	for _, tt := range []struct {
		name string
		args []string
		env  []string
		want string // of what it prints
	}{
		{"health", append([]string{"health"}, secure...), nil, "is healthy"},
		{"health by environment", []string{"health", "--api", address},
			[]string{"SAGALAB_CACERT=" + files.CACert, "SAGALAB_CERT=" + files.Cert, "SAGALAB_KEY=" + files.Key}, "is healthy"},
		{"load", append([]string{"load", "--fixture", "plenty", "--stage", "light:30x5", "--audit"}, secure...), nil, "30 success"},
		{"load by a fleet", append([]string{"load", "--fixture", "plenty", "--stage", "light:30x5", "--fleet", "local", "--workers", "2"}, secure...), nil, "30 success"},
		{"runs", []string{"runs", "ls"}, nil, "light 30"},
		{"audit", append([]string{"audit", ""}, secure...), nil, "0 violated, 0 unknown"},
	} {
		if tt.args[0] == "audit" {
			tt.args[1] = loaded
		}
		p := alone(tt.args...)
		p.Env = append(p.Env, tt.env...)
		if got := p.Finish(t); got.Status != 0 || !strings.Contains(got.Out, tt.want) {
			t.Errorf("%s ended with status %d and\n%s%s\nwant %q", tt.name, got.Status, got.Out, got.Log, tt.want)
		} else if id := e2e.RunID.FindStringSubmatch(got.Out); id != nil {
			loaded = id[1]
		}
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"health", "--api", address, "--cert", files.Cert, "--key", files.Key}, "--cacert FILE (SAGALAB_CACERT)"},
		{[]string{"health", "--api", address, "--cacert", files.CACert}, "--cert FILE --key FILE (SAGALAB_CERT, SAGALAB_KEY)"},
		{[]string{"load", "--stage", "light:1x1", "--api", address, "--cacert", files.CACert, "--cert", files.Cert}, "--cert (SAGALAB_CERT) without --key"},
		{[]string{"worker", "--fleet", filepath.Join(data, "fleet.db"), "--cacert", filepath.Join(empty, "none")}, "--cacert (SAGALAB_CACERT): "},
		{[]string{"run"}, "SAGALAB_HOME"},
		{[]string{"lab"}, "SAGALAB_HOME"},
	} {
		if got := alone(tt.args...).Finish(t); got.Status == 0 || !strings.Contains(got.Log, tt.want) {
			t.Errorf("sagalab %q ended with status %d and\n%s%s\nwant an error that says %q", tt.args, got.Status, got.Out, got.Log, tt.want)
		}
	}
	if left := e2e.FileNames(t, empty); len(left) != 0 {
		t.Errorf("the empty directory has %q, want nothing in it", left)
	}
	checkNoSecret(t, data, files.Key)
}

// checkNoSecret looks in all files below dir for the content of a key's file.
func checkNoSecret(t *testing.T, dir, keyFile string) {
	t.Helper()
	key, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	secret := strings.Split(string(key), "\n")[1]
	seen := 0
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if seen++; strings.Contains(string(text), secret) || strings.Contains(string(text), keyFile) {
			t.Errorf("%s holds the key, or where it is", path)
		}
		return err
	})
	if err != nil || seen == 0 {
		t.Errorf("%d files looked at, %v; want those of runs", seen, err)
	}
}

package main

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sagalab/pkg/internal/testing/echo"
	"sagalab/pkg/internal/testing/tlstest"
	"sagalab/pkg/runs"
)

// everything runs a load against a service, reads the run in every way, and returns all texts that came of it by name: what
// was printed, the files of the verdict, the files of the run and their rows.
func everything(t *testing.T, args ...string) map[string]string {
	t.Helper()
	store, dir := t.TempDir(), t.TempDir()
	t.Setenv("SAGALAB_RUNS", store)
	junit, summary := filepath.Join(dir, "junit.xml"), filepath.Join(dir, "summary.md")
	texts := map[string]string{}
	command := func(name string, args ...string) {
		out, log, code, err := invoke(t, args...)
		texts[name+" stdout"], texts[name+" stderr"] = out, log
		var printed strings.Builder
		exit(t.Context(), shown(&printed), err)
		texts[name+" error"] = printed.String()
		if code == int(exitNotDone) && name != "health" {
			t.Errorf("%s: code %d, %v\n%s%s", name, code, err, out, log)
		}
	}
	connection := args[:2]
	for i, a := range args {
		if i > 1 && (strings.HasPrefix(a, "--ca") || strings.HasPrefix(a, "--cert") || strings.HasPrefix(a, "--key")) {
			connection = append(connection, a)
		}
	}
	command("load", append([]string{"load", "--attempts", "1", "--junit", junit, "--summary", summary, "--threshold", "error_ratio < 0.01", "--audit", "--settle", "10ms"}, args...)...)
	command("load --json", append([]string{"load", "--attempts", "2", "--backoff", "1ms", "--json", "--summary", summary}, args...)...)
	command("runs ls", "runs", "ls")
	command("runs show", "runs", "show", "last")
	command("runs show --json", "runs", "show", "last", "--json")
	command("audit", append([]string{"audit", "last", "--settle", "10ms", "--junit", junit + "2", "--summary", summary}, connection...)...)
	command("audit --json", append([]string{"audit", "last", "--settle", "10ms", "--json"}, connection...)...)
	command("health", append([]string{"health"}, connection...)...)
	for _, root := range []string{store, dir} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			texts[filepath.Base(filepath.Dir(path))+"/"+d.Name()] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	list, err := runs.Store{Dir: store}.List()
	if err != nil || len(list) != 2 {
		t.Fatalf("%d runs, %v; want 2", len(list), err)
	}
	for _, run := range list {
		stages, err := run.Stages()
		if err != nil || len(stages) == 0 {
			t.Fatalf("run %s: %d stages, %v", run.ID, len(stages), err)
		}
		for _, s := range stages {
			texts["rows of "+run.ID] = fmt.Sprintf("%+v", s)
		}
	}
	return texts
}

// TestSecretsAreNowhere runs load against a service that echoes the Authorization header in each encoding at each place. Nothing
// of it is in anything that was printed or written.
func TestSecretsAreNowhere(t *testing.T) {
	const token = "s3cr3t-T0ken.with_symbols/9A+z=="
	server := httptest.NewServer(new(echo.Service))
	defer server.Close()
	t.Setenv("SAGALAB_AUTHORIZATION", "Bearer "+token)
	n := echo.Combinations()
	texts := everything(t, "--api", server.URL, "--stage", fmt.Sprintf("echo:%dx4", n))
	t.Logf("%d encodings × places, %d texts", n, len(texts))
	marks := 0
	for name, text := range texts {
		if left := echo.Left(text, token); left != "" {
			_, from, _ := strings.Cut(strings.ToLower(text), left)
			t.Errorf("%s has %q before …%.200q", name, left, from)
		}
		marks += strings.Count(text, "[secret]")
	}
	if marks < n {
		t.Errorf("%d marks in all texts, want one for each of %d echoes at least", marks, n)
	}
}

// TestSecretOfBasicIsNowhere echoes user and password, decoded and encoded.
func TestSecretOfBasicIsNowhere(t *testing.T) {
	const user, password = "shopper", "pa55-phrase.of_9"
	encoded := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, p, _ := r.BasicAuth()
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusUnauthorized)
		}
		fmt.Fprintf(w, `{"code":"no","detail":"not %s with %s, %s:%s or %s"}`, u, p, u, p, r.Header.Get("Authorization"))
	}))
	defer server.Close()
	t.Setenv("SAGALAB_AUTHORIZATION", "Basic "+encoded)
	for name, text := range everything(t, "--api", server.URL, "--stage", "echo:20x2") {
		if left := echo.Left(text, password) + echo.Left(text, encoded); left != "" {
			t.Errorf("%s has %q", name, left)
		}
	}
}

// TestKeyIsNowhere echoes a client's private key, which the service of the test knows.
func TestKeyIsNowhere(t *testing.T) {
	var key []byte
	n := 0
	address, files := tlstest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		block, _ := pem.Decode(key)
		body := base64.StdEncoding.EncodeToString(block.Bytes)
		n++
		io.WriteString(w, []string{string(key), body, base64.StdEncoding.EncodeToString(key), fmt.Sprintf(`{"key":%q}`, key), fmt.Sprintf("%x", block.Bytes)}[n%5])
	}))
	key, err := os.ReadFile(files.Key)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(key)
	body := base64.StdEncoding.EncodeToString(block.Bytes)
	t.Setenv("SAGALAB_AUTHORIZATION", "")
	for name, text := range everything(t, "--api", address, "--cacert="+files.CACert, "--cert="+files.Cert, "--key="+files.Key, "--stage", "echo:20x1") {
		if left := echo.Left(text, body[40:]) + echo.Left(text, fmt.Sprintf("%x", block.Bytes[30:])); left != "" {
			t.Errorf("%s has %q", name, left)
		}
	}
}

// TestPasswordOfADatabaseIsNowhere names a database with a password that is out of reach.
func TestPasswordOfADatabaseIsNowhere(t *testing.T) {
	const password, other = "pa55-phrase.of_9", "other.word-17"
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	t.Setenv("PGPASSWORD", other)
	for _, args := range [][]string{
		{"worker", "--fleet", "postgres://u:" + password + "@127.0.0.1:1/x"},
		{"worker", "--fleet", "postgres://u:" + password + "@127.0.0.1:port/x"},
		{"fleet", "--fleet", "postgres://u:" + password + "@127.0.0.1:1/x?password=" + password},
		{"serve", "--addr", "127.0.0.1:0", "--db", "postgres://u:" + password + "@127.0.0.1:1/x"},
		{"migrate", "--db", "postgres://u:" + password + "@[::1/x"},
		{"load", "--api", "http://127.0.0.1:1", "--stage", other}, // in the wrong place
	} {
		out, log, _, err := invoke(t, args...)
		var printed strings.Builder
		exit(t.Context(), shown(&printed), err)
		if text := out + log + printed.String(); err == nil || echo.Left(text, password)+echo.Left(text, other) != "" {
			t.Errorf("%v: %v, said %s", args, err, text)
		}
	}
}

// Package oscar starts django-oscar, a shop in Python, with the REST API of django-oscar-api, on SQLite. A purchase takes two requests: a
// product into the basket of a session, and the checkout of that basket; the session is what the header Session-Id says
// (oscar-steps.yaml; oscar.yaml is the checkout alone). There is no idempotency key and no payment.
package oscar

import (
	"embed"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"sagalab/pkg/internal/realservices/harness"
)

//go:embed shop
var embedded embed.FS

// Start starts the shop on loopback for one test and returns its URL; the API is below /api/. It installs what shop/requirements.txt
// pins, with pip, where that has not been done yet, and makes a database: products 1 (2 in stock), 2 (none) and 3 (a million) at 400
// JPY, and the member of staff "staff" with the password "staff". Each start has a copy of that database of its own.
func Start(t *testing.T) (url string) {
	t.Helper()
	dir := install(t)
	database := harness.Copy(t, filepath.Join(dir, "seed.sqlite"))
	address := "127.0.0.1:" + harness.Port(t)
	cmd := exec.Command(interpreter(dir), "serve.py", address)
	cmd.Dir = filepath.Join(dir, "shop")
	cmd.Env = append(os.Environ(), "SHOP_DATABASE="+database, "PYTHONDONTWRITEBYTECODE=1")
	harness.Run(t, cmd, "http://"+address+"/api/products/1/")
	return "http://" + address
}

// install returns the folder that has a Python environment, the shop's own files and the database.
func install(t *testing.T) string {
	t.Helper()
	files, err := fs.Sub(embedded, "shop")
	if err != nil {
		t.Fatal(err)
	}
	return harness.Installed(t, "oscar", harness.Pins(t, files, harness.Version(t, python())), func(dir string) error {
		shop := filepath.Join(dir, "shop")
		if err := os.CopyFS(shop, files); err != nil {
			return err
		}
		if err := harness.Command(dir, python(), "-m", "venv", "venv"); err != nil {
			return err
		}
		if err := harness.Command(shop, interpreter(dir), "-m", "pip", "install", "-q", "--no-deps", "-r", "requirements.txt"); err != nil {
			return err
		}
		return harness.Command(shop, interpreter(dir), "-W", "ignore", "seed.py", filepath.Join(dir, "seed.sqlite"))
	})
}

// python is the name of the Python that environments are made with.
func python() string {
	if runtime.GOOS == "windows" {
		return "python"
	}
	return "python3"
}

// interpreter is the Python of the environment in dir.
func interpreter(dir string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(dir, "venv", "Scripts", "python.exe")
	}
	return filepath.Join(dir, "venv", "bin", "python")
}

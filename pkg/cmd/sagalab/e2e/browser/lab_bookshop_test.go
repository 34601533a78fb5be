package browser

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
)

// checkBookshop checks that the programs of cells have the address of the lab's bookshop, and that it answers there.
func (p labProcess) checkBookshop(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return // no environment of another process can be read
	}
	const name = "SAGALAB_BOOKSHOP="
	api := ""
	for pid := range p.Family() {
		environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if err != nil {
			continue // ended meanwhile
		}
		for entry := range strings.SplitSeq(string(environ), "\x00") {
			if value, ok := strings.CutPrefix(entry, name); ok && value != "" {
				api = value
			}
		}
	}
	if !strings.HasPrefix(api, "http://127.0.0.1:") {
		t.Fatalf("the programs that lab starts have %s%s, want an address on loopback", name, api)
	}
	answer, err := http.Get(api + "/v2/books/walden")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("the bookshop at %s answers %s", api, answer.Status)
	}
}

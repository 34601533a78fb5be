package netlog

import (
	"bytes"
	"log"
	"testing"
)

func TestQuiet(t *testing.T) {
	var out bytes.Buffer
	defer log.SetOutput(log.Writer())
	log.SetOutput(&out)
	Quiet()
	Quiet() // is not filtered twice
	log.SetFlags(0)
	log.Printf("Unsolicited response received on idle HTTP channel starting with %q; err=%v", "HTTP/1.1 400", nil)
	log.Print("another line")
	if got := out.String(); got != "another line\n" {
		t.Errorf("logged %q", got)
	}
}

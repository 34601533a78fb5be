package defect

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseTrouble(t *testing.T) {
	for text, want := range map[string]Trouble{
		"":               {},
		" ":              {},
		"lost_reply=0.5": {LostReply: 0.5},
		"duplicate=0.9, failed_undo=2 ,delay=5ms": {Duplicate: 0.9, FailedUndo: 2, Delay: 5 * time.Millisecond},
		"down=stock:0s-1s,down=payments:1m-2m": {Outages: []Outage{
			{ParticipantStock, 0, time.Second}, {ParticipantPayments, time.Minute, 2 * time.Minute}}},
	} {
		if got, err := ParseTrouble(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("ParseTrouble(%q): got %+v, %v, want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"lost_reply":                      "lost_reply",
		"lost_reply=often":                "probability",
		"lost_reply=1":                    "0 to 0.9",
		"lost_reply=NaN":                  "0 to 0.9",
		"lost_reply=0.1,lost_reply=0.2":   "twice",
		"duplicate=-0.1":                  "0 to 0.9",
		"failed_undo=1.5":                 "number",
		"failed_undo=21":                  "0 to 20",
		"delay=5":                         "duration",
		"delay=2s":                        "0s to 1s",
		"down=stock":                      "participant and times",
		"down=stock:1s":                   "participant and times",
		"down=bank:1s-2s":                 "cannot be down",
		"down=stock:2s-1s":                "ends after it begins",
		"down=stock:-1s-1s":               "participant and times",
		"loss=0.1":                        "lost_reply=PROBABILITY",
		"lost_reply=often,duplicate=also": "duplicate",
	} {
		if got, err := ParseTrouble(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseTrouble(%q): got %+v, %v, want an error with %q", text, got, err, want)
		}
	}
}

func FuzzParseTrouble(f *testing.F) {
	f.Add("lost_reply=0.1,duplicate=0.1,failed_undo=2,delay=5ms,down=payments:2s-5s")
	f.Add("down=stock:0s-1s,down=stock:1ns-24h")
	f.Fuzz(func(t *testing.T, text string) {
		trouble, err := ParseTrouble(text)
		if err != nil {
			if !trouble.IsZero() && trouble.Validate() == nil {
				t.Errorf("ParseTrouble(%q): got %+v along with %v", text, trouble, err)
			}
			return
		}
		if err := trouble.Validate(); err != nil {
			t.Errorf("ParseTrouble(%q): got %+v, which is not valid: %v", text, trouble, err)
		}
		again, err := ParseTrouble(trouble.String())
		if err != nil || !reflect.DeepEqual(again, trouble) {
			t.Errorf("ParseTrouble(%q): got %+v, which reads as %q and gives %+v, %v", text, trouble, trouble, again, err)
		}
	})
}

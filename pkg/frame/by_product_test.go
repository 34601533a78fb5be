package frame

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// bought is a stage of ten purchases of each product and user named, as "product:user".
func bought(stage string, pairs ...string) runs.Stage {
	s := runs.Stage{Info: runs.Info{Stage: stage, State: runs.Complete}}
	for _, pair := range pairs {
		for i, o := range operations(stage, 10) { // the last one is a failure after three attempts
			if _, err := fmt.Sscanf(pair, "%d:%d", &o.ProductID, &o.UserID); err != nil {
				panic(err)
			}
			o.Index, o.LatencyMS = int64(len(s.Operations)), float64(10*(i+1))*float64(o.ProductID)
			s.Operations = append(s.Operations, o)
		}
	}
	return s
}

func TestByProduct(t *testing.T) {
	stages := []runs.Stage{bought("light", "2:1", "2:2", "3:3"), bought("heavy", "3:1")}
	df := must(t)(ByProduct(stages))
	const want = `stage|product_id|requests|success|failure|unknown|amplification|p50_ms|p95_ms|p99_ms|note
light|2|20|18|2|2|1.200000|100.000000|200.000000|200.000000|few samples: p95 p99
light|3|10|9|1|1|1.200000|150.000000|300.000000|300.000000|few samples: p95 p99
heavy|3|10|9|1|1|1.200000|150.000000|300.000000|300.000000|few samples: p95 p99
`
	if got := text(df); got != want {
		t.Errorf("ByProduct:\n%s\nwant\n%s", got, want)
	}
}

// TestByProductOfTexts: the columns of the ids are those that say something.
func TestByProductOfTexts(t *testing.T) {
	texts, both := bought("light", "2:1", "3:1"), bought("heavy", "2:1", "3:1")
	for i := range texts.Operations {
		texts.Operations[i].ProductID = purchase.TextID(fmt.Sprint("book-", texts.Operations[i].ProductID))
	}
	both.Operations[0].ProductID = purchase.TextID("book-2")
	for want, stages := range map[string][]runs.Stage{
		"stage product_id requests; light 2, light 3":                                                             {bought("light", "2:1", "3:1")},
		"stage product requests; light book-2, light book-3":                                                      {texts},
		"stage product_id product requests; heavy 3 3, heavy 2 2, heavy 0 book-2":                                 {both},
		"stage product_id requests; ":                                                                             nil,
		"stage product_id product requests; light 0 book-2, light 0 book-3, heavy 0 book-2, heavy 3 3, heavy 2 2": {texts, both},
	} {
		df := must(t)(ByProduct(stages))
		at := slices.Index(df.Names(), "requests")
		var rows []string
		for _, row := range df.Records()[1:] {
			rows = append(rows, strings.Join(row[:at], " "))
		}
		if got := strings.Join(df.Names()[:at+1], " ") + "; " + strings.Join(rows, ", "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestByUser(t *testing.T) {
	stages := []runs.Stage{bought("light", "1:1", "1:2", "1:900", "1:901"), bought("heavy", "1:900")}
	for groups, want := range map[int]string{
		2: "light|1–2|2|20 light|900–901|2|20 heavy|900–901|2|10",
		4: "light|1|1|10 light|2|1|10 light|900|1|10 light|901|1|10 heavy|900|1|10",
		0: "light|1|1|10 light|2|1|10 light|900|1|10 light|901|1|10 heavy|900|1|10",
	} {
		df := must(t)(ByUser(stages, groups))
		var rows []string
		for _, row := range df.Records()[1:] {
			rows = append(rows, strings.Join(row[:4], "|"))
		}
		if got := strings.Join(rows, " "); got != want || strings.Join(df.Names()[:4], " ") != "stage users user_count requests" {
			t.Errorf("ByUser(stages, %d) = %s, want %s", groups, got, want)
		}
	}
	if df := must(t)(ByUser(nil, 3)); df.Nrow() != 0 {
		t.Errorf("ByUser of no stages has %d rows", df.Nrow())
	}
}

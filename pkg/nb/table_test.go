package nb

import (
	"strings"
	"testing"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
)

func TestTable(t *testing.T) {
	df := dataframe.New(
		series.New([]string{"<b>", strings.Repeat("長", 200)}, series.String, "message"),
		series.New([]float64{1234.56, 0.01234}, series.Float, "p99_ms"),
		series.New([]int{1, 2}, series.Int, "n"),
	)
	tab := newTable(df)
	for _, want := range []string{"<td style=\"text-align: left; white-space: nowrap\">&lt;b&gt;</td><td>1234.6</td><td>1</td>", strings.Repeat("長", 200) + "</td><td>0.0123</td>", `class="dataframe"`} {
		if got := tab.html(); !strings.Contains(got, want) {
			t.Errorf("html %s lacks %s", got, want)
		}
	}
	if got := tab.text(); !strings.Contains(got, strings.Repeat("長", 99)+"…") || strings.Count(got, "\n") != 3 {
		t.Errorf("text of two rows: %q, want two lines below the header and a long cell cut where it pushes others away", got)
	}
}

// TestLastColumnIsNotCut: it pushes nothing out of sight.
func TestLastColumnIsNotCut(t *testing.T) {
	why := strings.Repeat("why ", 100) + "end"
	tab := newTable(dataframe.New(series.New([]string{"x"}, series.String, "rule"), series.New([]string{why}, series.String, "because")))
	if got := tab.text(); !strings.Contains(got, why) {
		t.Errorf("text %q, want the last column whole", got)
	}
	endless := newTable(dataframe.New(series.New([]string{strings.Repeat("x", 1e6)}, series.String, "message")))
	if got := endless.html(); len(got) > 3*maxCell || !strings.Contains(got, "x…</td>") {
		t.Errorf("html of a million letters has %d, want it bounded", len(got))
	}
}

func TestRowsAreMarkedByTheirVerdicts(t *testing.T) {
	verdicts := []string{"pass", "fail", "unclear", "violated", "unknown", "not exercised", "worse", "better", "too few samples", "holds"}
	tab := newTable(dataframe.New(series.New(verdicts, series.String, "name"), series.New(verdicts, series.String, "verdict")))
	want := map[string]mark{"fail": bad, "violated": bad, "worse": bad, "unclear": warned, "unknown": warned}
	for i, v := range verdicts {
		if tab.mark(i) != want[v] {
			t.Errorf("a row with the verdict %q has the mark %d, want %d", v, tab.mark(i), want[v])
		}
	}
	html := tab.html()
	if n := strings.Count(html, "<tr style="); n != 5 {
		t.Errorf("%d rows stand out, want 5: %s", n, html)
	}
	if !strings.Contains(html, "<b>violated</b>") || strings.Contains(html, "<b>pass</b>") {
		t.Errorf("html %s, want the word that marks a row in bold", html)
	}
	plain := newTable(dataframe.New(series.New([]string{"fail"}, series.String, "stage")))
	if strings.Contains(plain.html(), "<tr style") {
		t.Error("a row is marked by another column than verdict")
	}
}

package frame

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
)

// sample has two pairs of groups that gota's GroupBy merges, a group of one and missing values.
func sample() dataframe.DataFrame {
	return dataframe.New(
		series.New([]string{"b", "b_c", "b", "a", "b_c"}, series.String, "stage"),
		series.New([]string{"c_d", "d", "c_d", "x", "d"}, series.String, "reason"),
		series.New([]float64{10, math.NaN(), 30, 5, math.NaN()}, series.Float, "latency_ms"),
		series.New([]int{3, 1, 2, 1, 10}, series.Int, "attempts"),
		series.New([]bool{true, false, false, true, true}, series.Bool, "success"),
	)
}

// rowsOf is a frame's rows, each joined with commas, without the header.
func rowsOf(df dataframe.DataFrame) string {
	var rows []string
	for _, r := range df.Records()[1:] {
		rows = append(rows, strings.Join(r, ","))
	}
	return strings.Join(rows, " ")
}

type result = func() (dataframe.DataFrame, error)

func TestSelecting(t *testing.T) {
	df := sample()
	none := df.Subset([]int{})
	for name, c := range map[string]struct {
		get  result
		want string // the column attempts
	}{
		"head":              {func() (dataframe.DataFrame, error) { return Head(df, 2) }, "3 1"},
		"long head":         {func() (dataframe.DataFrame, error) { return Head(df, 99) }, "3 1 2 1 10"},
		"head of none":      {func() (dataframe.DataFrame, error) { return Head(none, 2) }, ""},
		"top":               {func() (dataframe.DataFrame, error) { return Top(df, "attempts", 2) }, "10 3"},
		"equal ones":        {func() (dataframe.DataFrame, error) { return Top(df, "success", 9) }, "3 1 10 1 2"},
		"missing ones last": {func() (dataframe.DataFrame, error) { return Top(df, "latency_ms", 4) }, "2 3 1 1"},
		"top of none":       {func() (dataframe.DataFrame, error) { return Top(none, "attempts", 3) }, ""},
		"text":              {func() (dataframe.DataFrame, error) { return Where(df, "stage", "b") }, "3 2"},
		"number":            {func() (dataframe.DataFrame, error) { return Where(df, "attempts", 1) }, "1 1"},
		"float as int":      {func() (dataframe.DataFrame, error) { return Where(df, "latency_ms", 30) }, "2"},
		"missing":           {func() (dataframe.DataFrame, error) { return Where(df, "latency_ms", math.NaN()) }, "1 10"},
		"bool":              {func() (dataframe.DataFrame, error) { return Where(df, "success", true) }, "3 1 10"},
		"above":             {func() (dataframe.DataFrame, error) { return Where(df, "latency_ms", Above(5)) }, "3 2"},
		"below":             {func() (dataframe.DataFrame, error) { return Where(df, "attempts", Below(2)) }, "1 1"},
		"not":               {func() (dataframe.DataFrame, error) { return Where(df, "stage", Not("b")) }, "1 1 10"},
		"where none fits":   {func() (dataframe.DataFrame, error) { return Where(df, "stage", "c") }, ""},
		"where of none":     {func() (dataframe.DataFrame, error) { return Where(none, "stage", "b") }, ""},
	} {
		got := must(t)(c.get())
		if s := strings.Join(got.Col("attempts").Records(), " "); s != c.want || got.Ncol() != df.Ncol() {
			t.Errorf("%s: attempts %q in %d columns, want %q in %d", name, s, got.Ncol(), c.want, df.Ncol())
		}
	}
	if got := must(t)(Select(df, "attempts", "stage")); strings.Join(got.Names(), " ") != "attempts stage" {
		t.Errorf("Select gives the columns %v", got.Names())
	}
}

// TestRefusing: every function says in one sentence what is wrong with its arguments.
func TestRefusing(t *testing.T) {
	df := sample()
	broken := dataframe.DataFrame{Err: errors.New("broken before")}
	for name, c := range map[string]struct {
		get  result
		want string
	}{
		"misspelt":           {func() (dataframe.DataFrame, error) { return Top(df, "latncy_ms", 3) }, `the frame has no column "latncy_ms": did you mean latency_ms?`},
		"without its unit":   {func() (dataframe.DataFrame, error) { return Quantiles(df, "latency", "stage") }, `did you mean latency_ms?`},
		"not at all alike":   {func() (dataframe.DataFrame, error) { return Select(df, "zzz") }, `its columns are stage, reason, latency_ms, attempts, success`},
		"misspelt group":     {func() (dataframe.DataFrame, error) { return GroupBy(df, []string{"stge"}) }, `did you mean stage?`},
		"misspelt aggregate": {func() (dataframe.DataFrame, error) { return GroupBy(df, nil, Mean("Attempt")) }, `did you mean attempts?`},
		"misspelt where":     {func() (dataframe.DataFrame, error) { return Where(df, "reasn", "x") }, `did you mean reason?`},
		"misspelt join":      {func() (dataframe.DataFrame, error) { return Join(df, df) }, `join, operations: the frame has no column "index"`},
		"top of text":        {func() (dataframe.DataFrame, error) { return Top(df, "stage", 3) }, `column "stage" holds text: want one of numbers, such as latency_ms`},
		"no rows asked":      {func() (dataframe.DataFrame, error) { return Head(df, 0) }, "head of 0 rows: ask for 1 or more"},
		"text of a number":   {func() (dataframe.DataFrame, error) { return Where(df, "attempts", "1") }, `where attempts: "1" is no number`},
		"number of a text":   {func() (dataframe.DataFrame, error) { return Where(df, "stage", 1) }, `where stage: 1 is no text`},
		"above a text":       {func() (dataframe.DataFrame, error) { return Where(df, "stage", Above(1)) }, `above compares numbers, and the column holds text`},
		"above NaN":          {func() (dataframe.DataFrame, error) { return Where(df, "attempts", Above(math.NaN())) }, `where attempts: no number is above NaN`},
		"below NaN":          {func() (dataframe.DataFrame, error) { return Where(df, "attempts", Below(math.NaN())) }, `where attempts: no number is below NaN`},
		"empty condition":    {func() (dataframe.DataFrame, error) { return Where(df, "attempts", Condition{}) }, `the condition is empty`},
		"named twice":        {func() (dataframe.DataFrame, error) { return GroupBy(df, []string{"stage", "stage"}) }, `column "stage" is named twice`},
		"same aggregate":     {func() (dataframe.DataFrame, error) { return GroupBy(df, nil, Count(), Count()) }, `two columns would be named "rows"`},
		"a percentage":       {func() (dataframe.DataFrame, error) { return Quantiles(df, "latency_ms", "", 99) }, `quantile 99 of latency_ms: want a fraction between 0 and 1, such as 0.99`},
		"select nothing":     {func() (dataframe.DataFrame, error) { return Select(df) }, `select names no column`},
		"an error":           {func() (dataframe.DataFrame, error) { return Head(broken, 3) }, "broken before"},
		"join an error":      {func() (dataframe.DataFrame, error) { return Join(broken, df) }, "broken before"},
		"write an error":     {func() (dataframe.DataFrame, error) { return WriteCSV(broken, "x.csv") }, "broken before"},
		"group an error":     {func() (dataframe.DataFrame, error) { return GroupBy(broken, nil) }, "broken before"},
		"the zero frame":     {func() (dataframe.DataFrame, error) { return Top(dataframe.DataFrame{}, "x", 1) }, "look at the error of the call that made it"},
	} {
		if _, err := c.get(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
}

func TestNumbersAndTexts(t *testing.T) {
	df := dataframe.New(series.New([]float64{4e-9, math.Copysign(0, -1), 1.764e9 + .25, math.NaN(), 1e300}, series.Float, "v"))
	texts, err := Texts(df, "v")
	if got := strings.Join(texts, " "); err != nil || got != "4e-09 0 1764000000.25 NaN 1e+300" {
		t.Errorf("the texts are %s, %v", got, err)
	}
	if v, err := Numbers(sample(), "success"); err != nil || fmt.Sprint(v) != "[1 0 0 1 1]" {
		t.Errorf("bools as numbers are %v, %v", v, err)
	}
}

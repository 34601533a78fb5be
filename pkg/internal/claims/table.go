package claims

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Table is a table of a section, as it is shown as text.
type Table struct {
	columns []string
	rows    [][]string
}

// headerCell is a name in a table's header: words with one space between.
var headerCell = regexp.MustCompile(`\S+(?: \S+)*`)

// Tables is the section's tables in their order.
func (s Section) Tables() (list []Table) {
	for _, o := range s.outputs() {
		if o.Table {
			list = append(list, parseTable(o.Text))
		}
	}
	return list
}

// Table is the section's only table that has a column of a name.
func (s Section) Table(column string) (Table, error) {
	var found []Table
	for _, t := range s.Tables() {
		if t.index(column) >= 0 {
			found = append(found, t)
		}
	}
	if len(found) != 1 {
		return Table{}, fmt.Errorf("%d tables have a column %q, want 1", len(found), column)
	}
	return found[0], nil
}

// parseTable reads a table whose columns begin where their names in the first line
// do. Cells may be empty.
func parseTable(text string) (t Table) {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	header := lines[0]
	var starts []int
	for _, at := range headerCell.FindAllStringIndex(header, -1) {
		t.columns = append(t.columns, header[at[0]:at[1]])
		starts = append(starts, len([]rune(header[:at[0]])))
	}
	for _, line := range lines[1:] {
		runes := []rune(line)
		row := make([]string, len(starts))
		for i, from := range starts {
			to := len(runes)
			if i+1 < len(starts) {
				to = min(to, starts[i+1])
			}
			if from < to {
				row[i] = strings.TrimSpace(string(runes[from:to]))
			}
		}
		t.rows = append(t.rows, row)
	}
	return t
}

func (t Table) index(column string) int {
	for i, c := range t.columns {
		if c == column {
			return i
		}
	}
	return -1
}

// Row is one row of a table by its columns' names.
type Row map[string]string

// Rows is all rows.
func (t Table) Rows() (rows []Row) {
	for _, cells := range t.rows {
		r := Row{}
		for i, c := range t.columns {
			r[c] = cells[i]
		}
		rows = append(rows, r)
	}
	return rows
}

// Row is the only row that has values in columns, given as column, value, column,
// value and so on.
func (t Table) Row(where ...string) (Row, error) {
	var found []Row
	for _, r := range t.Rows() {
		matches := true
		for i := 0; i < len(where); i += 2 {
			matches = matches && r[where[i]] == where[i+1]
		}
		if matches {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%d rows of the table have %q, want 1", len(found), where)
	}
	return found[0], nil
}

// Number is a cell as a number.
func (r Row) Number(column string) (float64, error) {
	v, err := strconv.ParseFloat(r[column], 64)
	if err != nil {
		return 0, fmt.Errorf("column %q has %q, want a number", column, r[column])
	}
	return v, nil
}

// numbers is several cells as numbers.
func (r Row) numbers(columns ...string) ([]float64, error) {
	list := make([]float64, len(columns))
	for i, c := range columns {
		v, err := r.Number(c)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

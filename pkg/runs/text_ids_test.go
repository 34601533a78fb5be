package runs

import (
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"

	"sagalab/pkg/purchase"
)

var alice, uuid, sku = purchase.TextID("alice"), purchase.TextID("0198c0de-0000-7000-8000-000000000000"), purchase.TextID("在庫 1")

// withTextIDs gives records users and products of which some are texts.
func withTextIDs(list []Record) []Record {
	for i := range list {
		o := &list[i].Operation
		o.UserID = [...]purchase.ID{alice, uuid, 7}[i%3]
		o.ProductID, o.PaymentMethodID = [...]purchase.ID{sku, 1<<40 + purchase.ID(i)}[i%2], o.UserID
	}
	return list
}

// TestTextIDsSurviveTheDisk: ids that are texts are read from a journal and from the tables,
// in memory and on disk.
func TestTextIDsSurviveTheDisk(t *testing.T) {
	onDisk(t)
	_, r := newRun(t)
	want := withTextIDs(records("s", 0, 3000))
	w := begin(t, r, "s", len(want))
	if err := w.Append(want); err != nil {
		t.Fatal(err)
	}
	checkRows(t, onlyStage(t, r), want)
	if err := w.Finish(Complete, ""); err != nil {
		t.Fatal(err)
	}
	checkRows(t, onlyStage(t, r), want)
	for _, column := range []string{"user_id", "user"} { // each names both
		n := 0
		for o := range checkStored(t, r)[0].EachOperation(column, "product", "product_id", "index") {
			if wanted := want[n].Operation; o.UserID != wanted.UserID || o.ProductID != wanted.ProductID || o.PaymentMethodID != 0 {
				t.Fatalf("operation %d is %+v, want %+v", n, *o, wanted)
			}
			n++
		}
		if n != len(want) {
			t.Errorf("%d operations, want %d", n, len(want))
		}
	}
}

// TestColumnsOfIDs holds what other programs read: a number, 0 for a text, and the text of
// both.
func TestColumnsOfIDs(t *testing.T) {
	_, r := newRun(t)
	list := withTextIDs(records("s", 0, 3))
	list[2].Operation.PaymentMethodID = 0
	w := begin(t, r, "s", 3)
	if err := errors.Join(w.Append(list), w.Finish(Complete, "")); err != nil {
		t.Fatal(err)
	}
	type row struct {
		UserID        int64  `parquet:"user_id"`
		User          string `parquet:"user"`
		ProductID     int64  `parquet:"product_id"`
		Product       string `parquet:"product"`
		MethodID      int64  `parquet:"payment_method_id"`
		PaymentMethod string `parquet:"payment_method"`
	}
	got, err := parquet.ReadFile[row](filepath.Join(w.Dir(), operationsFile))
	want := []row{
		{0, "alice", 0, "在庫 1", 0, "alice"},
		{0, uuid.String(), 1<<40 + 1, "1099511627777", 0, uuid.String()},
		{7, "7", 0, "在庫 1", 0, ""},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v (%v)", got, want, err)
	}
}

// TestTablesWithoutTexts reads a table of before ids could be texts.
func TestTablesWithoutTexts(t *testing.T) {
	type before struct {
		Stage  string `parquet:"stage,dict"`
		UserID int64  `parquet:"user_id"`
	}
	path := filepath.Join(t.TempDir(), operationsFile)
	table, err := createTable[before](path)
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range []int64{1, 0, -5} {
		table.add(before{"s", user})
	}
	if err := errors.Join(table.close(), table.publish()); err != nil {
		t.Fatal(err)
	}
	rows, err := readTable(path, operationColumns)
	if want := []Operation{{Stage: "s", UserID: 1}, {Stage: "s"}, {Stage: "s", UserID: -5}}; err != nil || !reflect.DeepEqual(rows, want) {
		t.Errorf("%+v, want %+v (%v)", rows, want, err)
	}
}

// TestTextThatIsNoID is damage, in a table and in a journal.
func TestTextThatIsNoID(t *testing.T) {
	type row struct {
		UserID int64  `parquet:"user_id"`
		User   string `parquet:"user"`
	}
	path := filepath.Join(t.TempDir(), operationsFile)
	table, err := createTable[row](path)
	if err != nil {
		t.Fatal(err)
	}
	table.add(row{0, "a\nb"})
	if err := errors.Join(table.close(), table.publish()); err != nil {
		t.Fatal(err)
	}
	if rows, err := readTable(path, operationColumns); err == nil {
		t.Errorf("%+v, want an error", rows)
	}
	for _, text := range []string{"a\nb", "\xff"} {
		d := decoder{rest: appendText([]byte{0}, text), encoding: encoding4}
		if id := d.id(); d.err == nil || id != 0 {
			t.Errorf("%q is %s, want damage", text, id)
		}
	}
}

// TestGroupsOfTexts come after those of numbers, by their texts.
func TestGroupsOfTexts(t *testing.T) {
	onDisk(t)
	_, r := newRun(t)
	w := begin(t, r, "s", 60)
	if err := errors.Join(w.Append(withTextIDs(records("s", 0, 60))), w.Finish(Complete, "")); err != nil {
		t.Fatal(err)
	}
	for _, s := range []Stage{checkStored(t, r)[0], onlyStage(t, r)} {
		var users, ranges []string
		for _, g := range GroupByUser([]Stage{s}, 0)[0] {
			users = append(users, g.Name())
		}
		for _, g := range GroupByUser([]Stage{s}, 2)[0] {
			ranges = append(ranges, g.Name())
		}
		if want := []string{"7", uuid.String(), "alice"}; !slices.Equal(users, want) || !slices.Equal(ranges, []string{"7", uuid.String() + "–alice"}) {
			t.Errorf("the users are %q, in two groups %q, want %q", users, ranges, want)
		}
		if g := GroupByProduct([]Stage{s})[0]; g[0].Name() != "在庫 1" || g[0].Requests != 30 || len(g) != 31 {
			t.Errorf("%d products, the first is %s with %d requests", len(g), g[0].Name(), g[0].Requests)
		}
	}
}

// TestColumnsOfAnIDAreReadOnce, the number's before the text's, whichever is named.
func TestColumnsOfAnIDAreReadOnce(t *testing.T) {
	for _, names := range [][]string{{"user_id"}, {"user"}, {"user_id", "user"}, {"user", "user_id"}} {
		var got []string
		for _, c := range chooseColumns(operationColumns, names) {
			got = append(got, c.name)
		}
		if want := []string{"user_id", "user"}; !slices.Equal(got, want) {
			t.Errorf("%v reads %v, want %v", names, got, want)
		}
	}
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"sagalab/pkg/buyers"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// parseBuyers returns the buyers of a stage that these flags say.
func parseBuyers(t *testing.T, stages []load.Stage, args ...string) (string, error) {
	t.Helper()
	var f buyersFlags
	c := &cobra.Command{}
	f.flags(c)
	if err := c.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	b, err := f.parse(stages)
	if err != nil {
		return "", err
	}
	return b.of(stages[0]).String(), nil
}

// csvFile writes a feed.
func csvFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "buyers.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func parseStages(t *testing.T, texts ...string) (list []load.Stage) {
	t.Helper()
	for _, text := range texts {
		s, err := load.ParseStage(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

func TestBuyersFlags(t *testing.T) {
	path := csvFile(t, "user_id,product_id\n1,1\n2,1\n")
	feed := buyers.FeedFile(path)
	for args, want := range map[string]string{
		"":                               "users=1 products=1 quantity=1 methods=1",
		"--user 3 --payment-method user": "users=3 products=1 quantity=1 methods=3",
		"--user 2 --product 3":           "users=2 products=3 quantity=1 methods=2",
		"--users 2 --payment-method 5":   "users=2 products=1 quantity=1 methods=5",
		"--users 7":                      "users=7 products=1 quantity=1 methods=7",
		"--users 1..9":                   "users=1..9 products=1 quantity=1 methods=user",
		"--user 1..9 --quantity 1:3,2:1": "users=1..9 products=1 quantity=1:3,2:1 methods=user",
		"--products 1..9:zipf(1.1)":      "users=1 products=1..9:zipf(1.1) quantity=1 methods=1",
		"--reuse 1% --repeat .02 --users 1..9 --keyless 3%": "users=1..9 products=1 quantity=1 methods=user reuse=1% repeat=2% keyless=3%",
		"--user alice": "users=alice products=1 quantity=1 methods=alice",
		"--users alice:3,bob:1 --product a%20b --payment-method user": "users=alice:3,bob:1 products=a%20b quantity=1 methods=user",
		"--mix users=1..9":                   "users=1..9 products=1 quantity=1 methods=user",
		"--mix users=4":                      "users=4 products=1 quantity=1 methods=4",
		"--feed " + path:                     feed.String(),
		"--feed " + path + " --reuse 1%":     feed.String() + " reuse=1%",
		"--feed " + path + " --row-per-user": feed.String() + " each=20",
		"--feed " + path + " --mix feed=sha256:" + feed.SHA256(): feed.String(),
	} {
		if got, err := parseBuyers(t, parseStages(t, "each:20x5,each"), strings.Fields(args)...); got != want || err != nil {
			t.Errorf("%s: %s, %v; want %s", args, got, err, want)
		}
	}
}

func TestBuyersFlagsThatAreRefused(t *testing.T) {
	path, keys := csvFile(t, "user_id,product_id\n1,1\n"), csvFile(t, "user_id,product_id,idempotency_key\n1,1,a\n2,1,b\n")
	bad := csvFile(t, "user_id,product_id\n1,1\n\n2,2\n")
	other := "feed=sha256:" + strings.Repeat("0", 64)
	for _, tt := range []struct{ args, want string }{
		{"--user 0", `--users: "0": 0 is below 1`},
		{"--users x, --products 3..1", `--users: "x,": `},
		{"--users x, --products 3..1", `--products: "3..1": the range 3..1 ends before it begins`},
		{"--quantity alice", `--quantity: "alice" is no number`},
		{"--reuse 2", `--reuse: "2" is no part`},
		{"--reuse 60% --keyless 60%", "reuse, repeat and keyless add up to 120%, want at most 100%"},
		{"--mix user=1", `--mix: buyers: "user" is unknown`},
		{"--mix users=1 --users 2 --reuse 1%", "leave out --users, --reuse"},
		{"--mix users=1 --feed " + path, "--mix names no feed, and --feed is given"},
		{"--mix " + other, strings.Repeat("0", 64) + "): name its file with --feed"},
		{"--mix " + other + " --feed " + path, "and --feed is the feed " + path + " (sha256:"},
		{"--feed " + path + " --users 1 --quantity 2", "--feed and --users, --quantity exclude each other"},
		{"--feed " + path + " --row-per-user", `stage "s" has no users with purchases of their own`},
		{"--row-per-user", "give --feed, too"},
		{"--feed no/such.csv", "--feed no/such.csv: no such"},
		{"--feed no/such.csv --reuse 2", "--reuse: \"2\" is no part"},
		{"--feed=", "--feed is empty, want the name of a CSV file"},
		{"--feed= --mix users=1", "--feed is empty, want the name of a CSV file"},
		{"--feed " + bad, "--feed " + bad + ": line 3 is empty"},
		{"--feed " + bad + " --mix " + other, "--feed " + bad + ": line 3 is empty"},
		{"--feed " + keys, `stage "s" sends 9 purchases, and the 2 rows have idempotency keys`},
	} {
		if got, err := parseBuyers(t, parseStages(t, "s:9x3"), strings.Fields(tt.args)...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %s, %v; want %q", tt.args, got, err, tt.want)
		}
	}
	if _, err := parseBuyers(t, parseStages(t, "s:2x1", "t:2x1"), "--feed", keys); err == nil || !strings.Contains(err.Error(), "2 stages would send each of them") {
		t.Errorf("two stages of one feed with keys: %v", err)
	}
}

// TestKeyedFeedOfAnUnknownNumber: rows with keys are refused where it is not known before how many purchases a stage sends.
func TestKeyedFeedOfAnUnknownNumber(t *testing.T) {
	const header = "user_id,product_id,idempotency_key\n"
	keys := csvFile(t, header+strings.Repeat("1,1,a\n", 100))
	without := csvFile(t, "user_id,product_id\n1,1\n")
	for text, refused := range map[string]bool{
		"s:0..50u@30s":         true,
		"s:3/s@1s,poisson":     true,
		"s:2..3/s@30s,poisson": true,
		"s:3/s@1s":             false,
		"s:100x5":              false,
		"s:5x20,each":          false,
	} {
		stages := parseStages(t, text)
		_, err := parseBuyers(t, stages, "--feed", keys)
		if want := `it is not known before how many purchases stage "s" sends, and the 100 rows have idempotency keys`; refused != (err != nil) || refused && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, refused %v, want %q", text, err, refused, want)
		}
		if _, err := parseBuyers(t, stages, "--feed", without); err != nil {
			t.Errorf("%s, rows without keys: %v", text, err)
		}
	}
}

// TestLoadOfBuyers against the reference service: what is stored is what the flags say, and every purchase that has a key of
// its own is confirmed.
func TestLoadOfBuyers(t *testing.T) {
	api := reference(t)
	dir := t.TempDir()
	t.Setenv("SAGALAB_RUNS", dir)
	var rows strings.Builder
	rows.WriteString("user_id,product_id,quantity\n")
	for i := range 30 {
		fmt.Fprintf(&rows, "%d,%d,%d\n", i+1, i%5+1, i%3+1)
	}
	path := csvFile(t, rows.String())
	const text = "users=1..30 products=1..5:zipf(1.1) quantity=1..3 methods=user"
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--users", "1..30", "--products", "1..5:zipf(1.1)", "--quantity", "1..3"}, text},
		{[]string{"--mix", text + " reuse=10% repeat=10% keyless=5%"}, text + " reuse=10% repeat=10% keyless=5%"},
		{[]string{"--feed", path}, buyers.FeedFile(path).String()},
	} {
		args := append([]string{"load", "--api", api, "--fixture", "plenty:30x5", "--stage", "s:200x10", "--seed", "11"}, tt.args...)
		if out, log, code, err := invoke(t, args...); code != 0 {
			t.Fatalf("%q: code %d, %v\n%s%s", args, code, err, out, log)
		}
		run, err := runs.Store{Dir: dir}.Find("last")
		if err != nil {
			t.Fatal(err)
		}
		stages, err := run.Stages()
		if err != nil || len(stages) != 1 || len(stages[0].Operations) != 200 {
			t.Fatalf("%d stages, %v", len(stages), err)
		}
		if stages[0].Buyers != tt.want {
			t.Errorf("the run's buyers are %q, want %q", stages[0].Buyers, tt.want)
		}
		who, err := buyers.Parse(tt.want, buyers.FeedFile(path))
		if err != nil {
			t.Fatal(err)
		}
		checkBought(t, stages[0], who.Buy)
	}
}

// checkBought checks that the operations of a stage are the purchases that buy draws.
func checkBought(t *testing.T, s runs.Stage, buy func(seed uint64, i int) purchase.Buy) {
	t.Helper()
	keys, bought := map[int64]string{}, map[string]bool{}
	for _, o := range s.Operations {
		keys[o.Index] = o.Key
		bought[o.Key] = bought[o.Key] || o.Success
	}
	for _, o := range s.Operations {
		b := buy(11, int(o.Index))
		got := purchase.Request{UserID: o.UserID, ProductID: o.ProductID, Quantity: o.Quantity, PaymentMethodID: o.PaymentMethodID}
		if got != b.Request || (o.Key == "") != b.Keyless || b.SameKeyAs > 0 && o.Key != keys[o.Index-int64(b.SameKeyAs)] {
			t.Errorf("%s: purchase %d is %v under the key %q, want %+v", s.Buyers, o.Index, got, o.Key, b)
		}
		overtaken := o.Reason == "key_reused" && bought[o.Key] // by a later purchase under its key, of another user
		if b.SameKeyAs == 0 && !o.Success && !overtaken {
			t.Errorf("%s: purchase %d failed: %s %s", s.Buyers, o.Index, o.Reason, o.Message)
		}
	}
}

package purchase

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
)

// ofTexts are ids with their JSON, in the order of Compare.
var ofTexts = []struct{ text, json string }{
	{"1", "1"}, {"12", "12"}, {"9223372036854775807", "9223372036854775807"}, // numbers
	{" a b", `" a b"`}, {"+5", `"+5"`}, {"-5", `"-5"`}, {"0", `"0"`}, {"007", `"007"`},
	{"0198c0de-0000-7000-8000-000000000000", `"0198c0de-0000-7000-8000-000000000000"`},
	{"1.5", `"1.5"`}, {"1e3", `"1e3"`}, {"9223372036854775808", `"9223372036854775808"`},
	{`a"b`, `"a\"b"`}, {"user_1", `"user_1"`}, {"注文", `"注文"`},
}

func TestIDsOfTexts(t *testing.T) {
	for i, tt := range ofTexts {
		id, err := ParseID(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		if n, is := id.Number(); is != (i < 3) || is && fmt.Sprint(n) != tt.text {
			t.Errorf("%q is the number %d, %v", tt.text, n, is)
		}
		if got := TextID(tt.text); got != id || id.String() != tt.text || id.Text() != tt.text || !id.Valid() || id == 0 {
			t.Errorf("%q is %s, again %s", tt.text, id, got)
		}
		if got, err := json.Marshal(id); err != nil || string(got) != tt.json {
			t.Errorf("%q is %s in JSON, want %s (%v)", tt.text, got, tt.json, err)
		}
		for _, of := range []string{tt.json, fmt.Sprintf("%q", tt.text)} { // "12" is 12, too
			var back ID
			if err := json.Unmarshal([]byte(of), &back); err != nil || back != id {
				t.Errorf("%s is read as %s (%v)", of, back, err)
			}
		}
		if back, err := ParseWord(id.Word()); err != nil || back != id || strings.ContainsAny(id.Word(), " ,:=\"") {
			t.Errorf("the word %s is read as %s (%v)", id.Word(), back, err)
		}
	}
}

func TestParseIDRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"": "empty", strings.Repeat("é", MaxIDLength+1): "256 characters", "a\xff": "UTF-8", "a\nb": "U+000A", "\u0085": "U+0085",
	} {
		if id, err := ParseID(text); err == nil || id != 0 || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseID(%q) = %s, %v; want an error with %q", text, id, err, want)
		}
	}
	if _, err := ParseID(strings.Repeat("é", MaxIDLength)); err != nil {
		t.Error(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("TextID of the empty text does not panic")
		}
	}()
	TextID("")
}

func TestNoIDs(t *testing.T) {
	for id, text := range map[ID]string{0: "0", -1: "-1", -5: "-5", NumberID(-7): "-7", lastText + 1: "-4611686018427387903"} {
		if n, is := id.Number(); id.Valid() || !is || id.String() != text || n != int64(id) || fmt.Sprintf("%d", id) != text {
			t.Errorf("%d is valid: %v, number %d, %v", int64(id), id.Valid(), n, is)
		}
	}
	if ID(0).Text() != "" {
		t.Error("no id has a text in a column")
	}
	if low := NumberID(math.MinInt64); low.String() != "-9223372036854775808" {
		t.Errorf("the lowest number is %s", low)
	}
	for _, value := range []string{"0", "-3", `""`, "null"} {
		var id ID
		if err := json.Unmarshal([]byte(value), &id); err != nil || id.Valid() {
			t.Errorf("%s is read as %s (%v)", value, id, err)
		}
	}
	for _, value := range []string{"1.5", "1e3", "9223372036854775808", "true", "{}", "[1]", `"\n"`} {
		var order Order
		if err := json.Unmarshal([]byte(`{"user_id":`+value+`,"quantity":3}`), &order); err == nil || !strings.Contains(err.Error(), "purchase.ID") {
			t.Errorf("%s is read as %s (%v)", value, order.UserID, err)
		}
	}
}

func TestIDFormat(t *testing.T) {
	alice := TextID("alice")
	for _, tt := range []struct {
		format string
		id     ID
		want   string
	}{
		{"%d", 7, "7"}, {"%v", 7, "7"}, {"%s", 7, "7"}, {"%q", 7, `"7"`}, {"%4d|", 7, "   7|"}, {"%-4v|", 7, "7   |"}, {"%04d", 7, "0007"}, {"%x", 255, "ff"},
		{"%d", alice, "alice"}, {"%v", alice, "alice"}, {"%s", alice, "alice"}, {"%q", alice, `"alice"`}, {"%7d|", alice, "  alice|"}, {"%-7s|", alice, "alice  |"}, {"%.2s", alice, "al"},
	} {
		if got := fmt.Sprintf(tt.format, tt.id); got != tt.want {
			t.Errorf("%s of %s is %q, want %q", tt.format, tt.id, got, tt.want)
		}
	}
	if got := fmt.Sprint([]ID{1, alice}, map[ID]int{alice: 2}); got != "[1 alice] map[alice:2]" {
		t.Error(got)
	}
}

// TestIDOrder holds the order of output, which does not depend on which text came first.
func TestIDOrder(t *testing.T) {
	var ids []ID
	for _, tt := range slices.Backward(ofTexts) {
		ids = append(ids, TextID(tt.text))
	}
	slices.SortFunc(ids, Compare)
	for i, id := range ids {
		if i > 2 && i < len(ids)-1 && ids[i].String() >= ids[i+1].String() || i < 3 && id.String() != ofTexts[i].text {
			t.Fatalf("the order is %s", ids)
		}
	}
	if Compare(ids[4], ids[4]) != 0 || Compare(ids[4], 1) != 1 || Compare(0, 1) != -1 {
		t.Error("an id is not the same as itself, or a text comes before a number")
	}
}

func TestIDsInMapsAndGob(t *testing.T) {
	want := map[ID]int64{3: 1, TextID("alice"): 2, TextID("007"): 3, 0: 4}
	text, err := json.Marshal(want)
	if err != nil || string(text) != `{"":4,"007":3,"3":1,"alice":2}` {
		t.Fatalf("%s (%v)", text, err)
	}
	var got map[ID]int64
	if err := json.Unmarshal(text, &got); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v (%v)", got, want, err)
	}
	if err := json.Unmarshal([]byte(`{"\u0001":1}`), &got); err == nil {
		t.Error("a control character is a key")
	}
	var stream bytes.Buffer
	sent, read := Request{UserID: TextID("bob"), ProductID: 7}, Request{}
	if err := gob.NewEncoder(&stream).Encode(sent); err != nil || !bytes.Contains(stream.Bytes(), []byte("bob")) {
		t.Fatalf("the text is not in %q (%v)", stream.Bytes(), err)
	}
	if err := gob.NewDecoder(&stream).Decode(&read); err != nil || read != sent {
		t.Errorf("%+v, want %+v (%v)", read, sent, err)
	}
}

func TestBodyOfTexts(t *testing.T) {
	r := Request{UserID: TextID("alice"), ProductID: 7, Quantity: 2, PaymentMethodID: TextID(`"007"`)}
	if got, want := string(r.Body("k")), `{"user_id":"alice","product_id":7,"quantity":2,"payment_method_id":"\"007\"","idempotency_key":"k"}`; got != want || r.Validate() != nil {
		t.Errorf("%s, want %s (%v)", got, want, r.Validate())
	}
}

func TestParseWord(t *testing.T) {
	for word, want := range map[string]string{"7": "7", "alice": "alice", "a%20b": "a b", "a+b": "a+b", "%30": "0", "%2D5": "-5", "%75ser": "user", "%3007": "007"} {
		if id, err := ParseWord(word); err != nil || id.String() != want {
			t.Errorf("%s is %s, want %s (%v)", word, id, want, err)
		}
	}
	for _, word := range []string{"", "0", "-5", "+5", "007", "1.5", "1e3", "9223372036854775808", "%", "%4", "%0A", "a b", "a:b", "a,b"} {
		if id, err := ParseWord(word); err == nil {
			t.Errorf("%q is %s, want an error", word, id)
		}
	}
	if _, err := ParseWord("a\u00a0b"); err == nil || !strings.Contains(err.Error(), "written %C2%A0") {
		t.Error(err)
	}
	if got := TextID("user").Word() + TextID("a..b").Word(); got != "%75sera%2E%2Eb" {
		t.Error(got)
	}
}

// TestConcurrentIDs adds the same texts from several goroutines: each gets one ID.
func TestConcurrentIDs(t *testing.T) {
	const workers, n = 8, 2000
	var all [workers][n]ID
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := range n {
				text := fmt.Sprintf("concurrent %d", (i+w*37)%n)
				id := TextID(text)
				if all[w][(i+w*37)%n] = id; id.String() != text {
					t.Errorf("%q is %q", text, id)
				}
			}
		})
	}
	group.Wait()
	for w := range workers {
		if all[w] != all[0] {
			t.Fatal("two workers got different ids of one text")
		}
	}
}

func FuzzID(f *testing.F) {
	for _, tt := range ofTexts {
		f.Add(tt.text)
	}
	f.Add("a\xff")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := ParseID(text)
		if (err == nil) != id.Valid() {
			t.Fatalf("ParseID(%q) = %s, %v", text, id, err)
		}
		if err != nil {
			return
		}
		value, err := json.Marshal(id)
		var back ID
		if err != nil || id.String() != text || json.Unmarshal(value, &back) != nil || back != id {
			t.Errorf("%q is %s in JSON, which is %s (%v)", text, value, back, err)
		}
		if again, err := ParseWord(id.Word()); err != nil || again != id || len(strings.Fields(id.Word())) != 1 {
			t.Errorf("the word of %q is %q, which is %s (%v)", text, id.Word(), again, err)
		}
		if other := TextID("m"); Compare(id, other) != -Compare(other, id) || (Compare(id, other) == 0) != (id == other) {
			t.Errorf("the order of %s and %s is not one", id, other)
		}
	})
}

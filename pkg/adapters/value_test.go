package adapters

import (
	"testing"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// attemptOf is an attempt that got an answer.
func attemptOf(status int, body string) retry.Attempt {
	return retry.Attempt{Number: 1, Sent: true, Status: status, Body: []byte(body)}
}

func TestMultiply(t *testing.T) {
	for _, tt := range []struct {
		text  string
		times int64
		want  int64
		ok    bool
	}{
		{"12.34", 100, 1234, true}, {"12.340", 100, 1234, true}, {"-0.01", 100, -1, true}, {"1e2", 1, 100, true}, {"1.5E1", 1, 15, true},
		{"9223372036854775807", 1, 9223372036854775807, true}, {"9223372036854775808", 1, 0, false}, {"92233720368547758.07", 100, 9223372036854775807, true},
		{"12.345", 100, 0, false}, {"", 1, 0, false}, {"1/3", 3, 0, false}, {"0x10", 1, 0, false}, {"1e999999999", 1, 0, false}, {"NaN", 1, 0, false}, {"true", 1, 0, false},
		{"007", 1, 7, true}, {"2147483647", 1_000_000_000, 2147483647000000000, true}, {"9223372037", 1_000_000_000, 0, false},
	} {
		if got, err := multiply(tt.text, tt.times); (err == nil) != tt.ok || got != tt.want {
			t.Errorf("%s × %d is %d, %v; want %d, ok: %v", tt.text, tt.times, got, err, tt.want, tt.ok)
		}
	}
}

// TestConditions holds each condition against an answer.
func TestConditions(t *testing.T) {
	body := `{"s":"a b","n":1.50,"t":true,"z":null,"e":[],"l":[1],"o":{},"text":"exists","big":9007199254740993,"x":{"http":"1","reason":"r"}}`
	for when, want := range map[string]bool{
		`s: a b`: true, `s: a`: false, `s: [a, a b]`: true, `s: {not: a}`: true, `s: {not: a b}`: false, `n: 1.5`: true, `n: "1.5"`: true, `n: 2`: false,
		`t: true`: true, `t: "true"`: true, `t: false`: false, `z: null`: true, `z: exists`: false, `z: absent`: true, `no: null`: false, `no: absent`: true, `no: exists`: false,
		`no: {not: x}`: true, `e: exists`: false, `"e.#": exists`: false, `"e.#": 0`: true, `l: exists`: true, `"l.#": exists`: true, `o: exists`: false, `s: {not: null}`: true, `z: {not: null}`: false,
		`text: {is: exists}`: true, `s: {is: exists}`: false, `s: exists`: true, `big: 9007199254740993`: true, `x.http: 1`: true, `x.reason: r`: true, `s: a b, t: true`: true, `s: a b, t: false`: false,
	} {
		f := parse(t, "purchase:\n  send: POST /x\n  means: [{when: {"+when+"}, is: confirmed}]\n", nil)
		if got := f.Read(purchase.Call{}, attemptOf(200, body)).Meaning == purchase.MeansConfirmed; got != want {
			t.Errorf("when {%s} holds: %v, want %v", when, got, want)
		}
		if f.Read(purchase.Call{}, attemptOf(200, "no JSON")).Meaning != purchase.MeansUnclear {
			t.Errorf("when {%s} holds of an answer that is no JSON", when)
		}
	}
}

// TestEachMeaning reads each word that a rule can have.
func TestEachMeaning(t *testing.T) {
	for word, want := range map[string]purchase.Meaning{
		"confirmed": purchase.MeansConfirmed, "refused": purchase.MeansDeclined, "declined": purchase.MeansDeclined, "no_stock": purchase.MeansNoStock, "no_money": purchase.MeansNoMoney, "invalid": purchase.MeansInvalid,
		"in_progress": purchase.MeansInProgress, "try again": purchase.MeansInProgress, "key_reused": purchase.MeansKeyReused, "turned_away": purchase.MeansTurnedAway, "pending": purchase.MeansUnclear, "unknown": purchase.MeansUnclear, "unclear": purchase.MeansUnclear,
	} {
		f := parse(t, "purchase:\n  send: POST /x\n  order: id\n  means: [{is: "+word+"}]\n", nil)
		a := f.Read(purchase.Call{}, attemptOf(200, `{"id": 12345678901234567890}`))
		if id := a.OrderID == "12345678901234567890"; a.Meaning != want || id != (word != "unknown") {
			t.Errorf("%s means %s with the order %q, want %s", word, a.Meaning, a.OrderID, want)
		}
	}
}

// TestPartOfAValue takes a part out of a text.
func TestPartOfAValue(t *testing.T) {
	for text, want := range map[string]string{
		"http://shop.example/orders/7/": "7", "/orders/orders/7/8": "7", "/orders//": "", "/orders/7": "", "7/": "", "": "",
	} {
		f := parse(t, "purchase:\n  send: POST /x\n  order: {path: url, after: /orders/, before: /}\n  means: [{is: refused, reason: {from: url, after: /orders/, before: /}}]\n", nil)
		a := f.Read(purchase.Call{}, attemptOf(400, `{"url": "`+text+`"}`))
		if a.OrderID != want || a.Reason != want {
			t.Errorf("of %q the order is %q and the reason %q, want %q", text, a.OrderID, a.Reason, want)
		}
	}
}

// TestMinus takes one number away from another; null is none.
func TestMinus(t *testing.T) {
	v := value{path: template{end: "a"}, minus: template{end: "b"}, times: 100, set: true}
	for body, want := range map[string]int64{`{"a":3,"b":1}`: 200, `{"a":3,"b":"1.5"}`: 150, `{"a":3,"b":null}`: 300, `{"a":1,"b":3}`: -200} {
		a := answerOf(attemptOf(200, body))
		if got, err := v.number(&a, &inputs{}); got != want || err != nil {
			t.Errorf("of %s the value is %d, %v; want %d", body, got, err, want)
		}
	}
	for _, body := range []string{`{"a":3}`, `{"a":3,"b":""}`, `{"a":3,"b":{}}`, `{"a":3,"b":"x"}`} {
		a := answerOf(attemptOf(200, body))
		if got, err := v.number(&a, &inputs{}); err == nil {
			t.Errorf("of %s the value is %d, want an error", body, got)
		}
	}
}

// TestAmountOfARefusal: only an answer of 2xx names what was paid.
func TestAmountOfARefusal(t *testing.T) {
	f := parse(t, "purchase:\n  send: POST /x\n  amount: total\n  means:\n    - {http: 2xx, is: confirmed}\n    - {http: 402, is: no_money}\n", nil)
	for status, want := range map[int]int64{199: 0, 200: 12, 299: 12, 402: 0} {
		if got := f.Read(purchase.Call{}, attemptOf(status, `{"total": 12}`)).Amount; got != want {
			t.Errorf("HTTP %d names the amount %d, want %d", status, got, want)
		}
	}
}
